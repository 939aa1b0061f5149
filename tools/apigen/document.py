"""Reads an OpenAPI document and follows its references."""

import pathlib
import re
from typing import Any

import yaml


class DocumentError(Exception):
    """The document is not one that apigen understands."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 reads `on`, `2024-01-01` or `0o7` as something else than text; JSON's types are enough."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(?:null)$", "n"),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class Document:
    """The parsed tree, and `follow` to go through `$ref`."""

    def __init__(self, tree: dict[str, Any]):
        self.tree = tree

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        """`node`, or what its `$ref` points to."""
        seen = []
        while "$ref" in node:
            reference = node["$ref"]
            if reference in seen:
                raise DocumentError(f"{reference} refers to itself")
            seen.append(reference)
            node = self.at(reference)
        return node

    def at(self, reference: str) -> dict[str, Any]:
        if not reference.startswith("#/"):
            raise DocumentError(f"reference {reference!r}: only references inside the document are known")
        node: Any = self.tree
        for part in reference[2:].split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or part not in node:
                raise DocumentError(f"reference {reference!r} leads nowhere")
            node = node[part]
        return node


def schema_name(node: dict[str, Any]) -> str | None:
    """The name of the schema that `node` refers to, if it is a reference to one."""
    prefix = "#/components/schemas/"
    reference = node.get("$ref", "")
    return reference[len(prefix) :] if reference.startswith(prefix) else None


def load(path: pathlib.Path) -> Document:
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise DocumentError(f"{path}: {error}") from error
    if not isinstance(tree, dict) or not str(tree.get("openapi", "")).startswith("3."):
        raise DocumentError(f"{path}: not an OpenAPI 3 document")
    return Document(tree)

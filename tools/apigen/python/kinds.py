"""Types as the expressions of mere_sdk._kinds, and as what the native core calls them."""

import re

from ..model import Enum, Model, Type
from .names import Names

_PLAIN = {
    "string": "STRING",
    "integer": "INTEGER",
    "number": "NUMBER",
    "boolean": "BOOLEAN",
    "time": "TIME",
    "any": "OBJECT",
}
_NATIVE = {"enum": "string", "binary": "bytes"}


def enum_of(model: Model, type: Type) -> Enum:
    return next(enum for enum in model.enums if enum.name == type.name)


def values(model: Model, type: Type) -> str:
    return ", ".join(f'"{value}"' for value in enum_of(model, type).values)


def expression(model: Model, names: Names, type: Type) -> str:
    """`ListOf(ModelOf("Ref"))`."""
    if type.kind == "enum":
        return f"OneOf({values(model, type)})"
    if type.kind == "struct":
        return f'ModelOf("{names.model(type.name)}")'
    if type.kind in ("list", "map"):
        assert type.item is not None
        limit = f", min_items={type.min_items}" if type.min_items else ""
        return f"{type.kind.capitalize()}Of({expression(model, names, type.item)}{limit})"
    if type.kind == "any" and type.item is not None:
        return f"ListOf({expression(model, names, type.item)})"
    limits = []
    if type.min_length:
        limits.append(f"min_length={type.min_length}")
    if type.pattern:
        limits.append(f"pattern={pattern(type)}")
    if type.minimum is not None:
        limits.append(f"minimum={type.minimum}")
    if type.maximum is not None:
        limits.append(f"maximum={type.maximum}")
    if limits and type.kind in ("string", "integer"):
        return f"{type.kind.capitalize()}({', '.join(limits)})"
    return _PLAIN[type.kind]


def pattern(type: Type) -> str:
    return 'r"' + str(type.pattern).replace('"', '\\"') + '"'


def native(type: Type) -> str:
    """The kind of a parameter, quoted."""
    if type.kind == "list":
        assert type.item is not None
        return f'("list", {native(type.item)})'
    return f'"{_NATIVE.get(type.kind, type.kind)}"'


def used(expressions: list[str]) -> list[str]:
    """The names of mere_sdk._kinds that expressions need: constants first, then classes."""
    without_text = re.sub(r'r?"(?:[^"\\]|\\.)*"', "", " ".join(expressions))
    found = set(re.findall(r"\b[A-Z]\w+", without_text)) - {"False", "True", "None"}
    return sorted(found, key=lambda name: (not name.isupper(), name))

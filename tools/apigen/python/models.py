"""models/: a module with a class for each schema that has fields."""

from keyword import iskeyword

from ..document import Document
from ..model import Model, Property, Struct
from .kinds import enum_of, expression, pattern, used, values
from .names import Names, identifier, module
from .text import BANNER, docstring, entries, sentence


def emit(model: Model, document: Document, names: Names) -> dict[str, str]:
    return {
        f"models/{module(names.model(struct.name))}.py": _module(model, names, struct)
        for struct in model.types
        if isinstance(struct, Struct)
    }


def _module(model: Model, names: Names, struct: Struct) -> str:
    name = names.model(struct.name)
    properties = [*struct.properties, *struct.ignored]
    fields = {identifier(p.name): (p, _field(model, names, p)) for p in properties}
    helpers = sorted({text.split("(", 1)[0] for _, text in fields.values()})
    title = sentence(struct.description) or f"{name}."

    parts = [docstring(f"The model {name}."), "\n", BANNER, "\nfrom __future__ import annotations\n\n"]
    kinds = used([text for _, text in fields.values()])
    runtime = [f"from mere_sdk._kinds import {', '.join(kinds)}\n"] if kinds else []
    runtime.append(f"from mere_sdk._model import {', '.join(['Model', *helpers])}\n")
    checking = _checking_imports(names, name, properties)
    typing = (["Any"] if _needs_any(names, properties) else []) + ["TYPE_CHECKING"]
    typing = sorted(typing) if properties else []
    if typing:
        parts.append(f"from typing import {', '.join(sorted(typing, key=str.swapcase))}\n\n")
    parts += runtime
    if checking:
        parts.append("\nif TYPE_CHECKING:\n" + "".join(f"    {line}\n" for line in checking))

    parts.append(f"\n\nclass {name}(Model):\n")
    parts.append(_class_docstring(model, title, properties))
    slots = ", ".join(f'"{field}"' for field in fields)
    parts.append("\n" + _slots(slots, list(fields)))
    if fields:
        parts.append("    _fields = {\n")
        parts += [f'        "{field}": {text},\n' for field, (_, text) in fields.items()]
        parts.append("    }\n\n")
        parts += [f"    {field}: {_annotation(names, p)}\n" for field, (p, _) in fields.items()]
        parts.append("\n    if TYPE_CHECKING:\n\n        def __init__(\n            self,\n            *,\n")
        in_order = sorted(fields.items(), key=lambda f: not f[1][0].required)
        for field, (p, _) in in_order:
            default = "" if p.required else f" = {p.default!r}"
            parts.append(f"            {field}: {_annotation(names, p)}{default},\n")
            if p.name != field and not p.required and not iskeyword(p.name):
                parts.append(f"            {p.name}: {_annotation(names, p)} = None,  # the same\n")
        parts.append("        ) -> None: ...\n")
    for field, (p, _) in fields.items():
        if p.type.kind == "enum":
            words = ", ".join(f"`{v}`" for v in enum_of(model, p.type).values)
            parts.append(_validator(field, "enum", f"Raises ValidationError unless `value` is one of {words}."))
        elif p.type.pattern:
            text = f"Raises ValidationError unless `value` matches {pattern(p.type)[2:-1]}."
            parts.append(_validator(field, "regular_expression", text))
    return "".join(parts)


def _slots(slots: str, fields: list[str]) -> str:
    comma = "," if len(fields) == 1 else ""
    line = f"    __slots__ = ({slots}{comma})\n"
    if len(line) <= 101:
        return line
    return "    __slots__ = (\n" + "".join(f'        "{field}",\n' for field in fields) + "    )\n"


def _class_docstring(model: Model, title: str, properties: list[Property]) -> str:
    said = []
    for p in properties:
        text = p.description
        if p.type.kind == "enum":
            text = f"{sentence(text)} One of {values(model, p.type).replace(chr(34), '`')}.".strip()
        if p.default is not None:
            text = f"{sentence(text)} {p.default!r} if left out.".strip()
        if p.deprecated:
            text = f"{sentence(text)} Deprecated.".strip()
        if text:
            said.append((identifier(p.name), sentence(text)))
    if not said:
        return docstring(title, "    ")
    head = docstring(title, "    ").rstrip("\n").removesuffix('"""').rstrip()
    return head + "\n\n    Attributes:\n" + "\n".join(entries(said, "        ")) + '\n    """\n'


def _field(model: Model, names: Names, p: Property) -> str:
    parts = [expression(model, names, p.type)]
    if identifier(p.name) != p.name:
        parts.append(f'json_name="{p.name}"')
    if p.required and (p.nullable or p.null_when_empty):
        parts.append("nullable=True")
    if not p.required and p.default is not None:
        parts.append(f"default={p.default!r}")
    return f"{'required' if p.required else 'optional'}({', '.join(parts)})"


def _annotation(names: Names, p: Property) -> str:
    plain = names.annotation(p.type)
    never_none = p.required and not p.nullable and not p.null_when_empty
    return plain if never_none else f"{plain} | None"


def _needs_any(names: Names, properties: list[Property]) -> bool:
    return any("Any" in names.annotation(p.type) for p in properties)


def _checking_imports(names: Names, name: str, properties: list[Property]) -> list[str]:
    lines = []
    if any("datetime" in names.annotation(p.type) for p in properties):
        lines.append("from datetime import datetime\n")
    used_models = set().union(*(names.structs(p.type) for p in properties)) - {name}
    lines += [f"from mere_sdk.models.{module(m)} import {m}" for m in sorted(used_models)]
    return lines


def _validator(field: str, what: str, text: str) -> str:
    return (
        f"\n    @classmethod\n    def {field}_validate_{what}(cls, value: str | None) -> str | None:\n"
        + docstring(text, "        ")
        + f'        checked: str | None = cls._checked("{field}", value)\n        return checked\n'
    )

"""json_read.cpp: JSON to structs, validated."""

from ..model import Enum, Model, Property, Struct, Type
from .documents import documents
from .text import BANNER, identifier, is_optional, quoted, type_name


def emit(model: Model) -> dict[str, str]:
    patterns = Patterns()
    readers: list[str] = []
    structs = [made for made in model.types if isinstance(made, Struct)]
    for enum in model.enums:
        readers.append("\n" + _enum_reader(enum))
    for struct in structs:
        readers.append("\n" + _reader(struct, patterns))
    source = [
        BANNER,
        '#include "api/json.h"\n#include "api/json_reader.h"\n\nnamespace mere::api {\n',
        patterns.definitions(),
        *readers,
        "\n",
    ]
    for name in documents(model):
        source.append(
            f"Status read_json_into(std::string_view text, {name}& into, std::string_view subject) {{\n"
            "  return read_document(text, into, subject);\n}\n"
        )
    source.append("\n}  // namespace mere::api\n")
    return {"json_read.cpp": "".join(source)}


class Patterns:
    """A function for each pattern, that compiles it when it is first wanted."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}

    def function(self, pattern: str, name: str) -> str:
        if pattern not in self.functions:
            made = f"pattern_of_{identifier(name)}"
            while made in self.functions.values():
                made += "_"
            self.functions[pattern] = made
        return self.functions[pattern]

    def definitions(self) -> str:
        if not self.functions:
            return ""
        lines = ["\nnamespace {\n"]
        for pattern, name in self.functions.items():
            lines.append(f"\nconst Pattern& {name}() {{\n")
            lines.append(f"  static const Pattern pattern({quoted(pattern)});\n  return pattern;\n}}\n")
        lines.append("\n}  // namespace\n")
        return "".join(lines)


def _enum_reader(enum: Enum) -> str:
    return (
        f"bool read(Fault& fault, Json json, {type_name(enum.name)}& into) {{\n"
        "  std::string text;\n"
        "  if (!read(fault, json, text)) return false;\n"
        '  return from_string(text, into) || fault.because("must be one of " + std::string(values_of(into)));\n'
        "}\n"
    )


def _reader(struct: Struct, patterns: Patterns) -> str:
    name = type_name(struct.name)
    required = [made for made in struct.properties if made.required]
    if len(required) > 64:
        raise ValueError(f"{name} requires more than 64 properties")
    unused = "" if struct.properties else "[[maybe_unused]] "
    lines = [f"bool read(Fault& fault, Json json, {unused}{name}& into) {{"]
    lines.append("  simdjson::dom::object members;")
    lines.append("  if (!begin_object(fault, json, members)) return false;")
    if struct.properties:
        if required:
            lines.append("  std::uint64_t seen = 0;")
        lines.append("  for (const auto member : members) {")
        branch = "if"
        for made in struct.properties:
            lines.append(f"    {branch} (member.key == {quoted(made.name)}) {{")
            lines.append(f"      if (!{_read(made)}) return false;")
            for check in _checks(made, patterns):
                lines.append(f"      if (!{check}) return false;")
            if made.required:
                lines.append(f"      seen |= {1 << required.index(made)}u;")
            branch = "} else if"
        lines.append("    }")
        lines.append("  }")
    if required:
        listed = ", ".join(quoted(made.name) for made in required)
        lines.append(f"  static constexpr std::string_view kRequired[] = {{{listed}}};")
        lines.append("  return require(fault, seen, kRequired);")
    else:
        lines.append("  return true;")
    lines.append("}\n")
    return "\n".join(lines)


def _read(made: Property) -> str:
    place = f"into.{identifier(made.name)}"
    if made.nullable:
        return f"read_nullable_member(fault, member, {place})"
    if made.null_when_empty:
        return f"read_list_or_null_member(fault, member, {place})"
    return f"read_member(fault, member, {place})"


def _checks(made: Property, patterns: Patterns) -> list[str]:
    place = f"into.{identifier(made.name)}"
    type: Type = made.type
    if _item_constraints(type):
        raise ValueError(f"{made.name}: constraints on the items of a list or map are not known to apigen")
    value = f"*{place}" if is_optional(made) else place
    items = f"{place}->size()" if is_optional(made) else f"{place}.size()"
    guard = f"!{place} || " if made.nullable else ""
    checks = []
    if type.minimum is not None:
        checks.append(f"at_least(fault, member.key, {value}, {type.minimum})")
    if type.maximum is not None:
        checks.append(f"at_most(fault, member.key, {value}, {type.maximum})")
    if type.min_length is not None:
        checks.append(f"at_least_long(fault, member.key, {value}, {type.min_length})")
    if type.min_items is not None:
        checks.append(f"at_least_items(fault, member.key, {items}, {type.min_items})")
    if type.pattern is not None:
        checks.append(f"like(fault, member.key, {value}, {patterns.function(type.pattern, made.name)}())")
    return [f"({guard}{check})" if guard else check for check in checks]


def _item_constraints(type: Type) -> bool:
    return type.item is not None and (type.item.constrained or _item_constraints(type.item))

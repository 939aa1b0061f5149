"""types.h, types.cpp: a struct for each schema, an enum class for each enumeration."""

from ..model import Alias, Enum, Model, Struct
from .text import BANNER, comment, cpp_type, identifier, member, type_name, quoted


def emit(model: Model) -> dict[str, str]:
    return {"types.h": _header(model), "types.cpp": _source(model)}


def _header(model: Model) -> str:
    parts = [
        BANNER,
        """//
// The schemas of the API as values. An optional member without a value is left out of the JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/raw_json.h"
#include "base/clock.h"

namespace mere::api {

// Of each enumeration: its value as it is written, the way back, and all values for a message.
""",
    ]
    for enum in model.enums:
        parts.append("\n" + _enum(enum))
    for made in model.types:
        parts.append("\n" + (_alias(made) if isinstance(made, Alias) else _struct(made)))
    parts.append("\n}  // namespace mere::api\n")
    return "".join(parts)


def _enum(enum: Enum) -> str:
    name = type_name(enum.name)
    return (
        comment(enum.description)
        + f"enum class {name} {{ {', '.join(identifier(value) for value in enum.values)} }};\n"
        + f"std::string_view to_string({name} value);\n"
        + f"bool from_string(std::string_view text, {name}& into);\n"
        + f"std::string_view values_of({name});\n"
    )


def _alias(alias: Alias) -> str:
    return comment(alias.description) + f"using {type_name(alias.name)} = {cpp_type(alias.type)};\n"


def _struct(struct: Struct) -> str:
    name = type_name(struct.name)
    lines = [comment(struct.description), f"struct {name} {{\n"]
    for made in struct.properties:
        lines.append(comment(made.description, "  "))
        lines.append(f"  {member(made)}\n")
    if struct.properties:
        lines.append("\n")
    lines.append(f"  friend bool operator==(const {name}&, const {name}&) = default;\n}};\n")
    return "".join(lines)


def _source(model: Model) -> str:
    parts = [BANNER, '#include "api/types.h"\n\n#include "base/check.h"\n\nnamespace mere::api {\n']
    for enum in model.enums:
        name = type_name(enum.name)
        parts.append(f"\nstd::string_view to_string({name} value) {{\n  switch (value) {{\n")
        for value in enum.values:
            parts.append(f"    case {name}::{identifier(value)}: return {quoted(value)};\n")
        parts.append("  }\n  MERE_CHECK(false);\n}\n")
        parts.append(f"\nbool from_string(std::string_view text, {name}& into) {{\n")
        for value in enum.values:
            parts.append(f"  if (text == {quoted(value)}) return into = {name}::{identifier(value)}, true;\n")
        parts.append("  return false;\n}\n")
        words = ", ".join(enum.values)
        parts.append(f"\nstd::string_view values_of({name}) {{ return {quoted(words)}; }}\n")
    parts.append("\n}  // namespace mere::api\n")
    return "".join(parts)

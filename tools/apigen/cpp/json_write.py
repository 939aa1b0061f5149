"""json.h, json_write.cpp: structs to JSON."""

import json

from ..model import Model, Property, Struct
from .documents import documents
from .text import BANNER, identifier, is_optional, quoted, type_name

_HEADER = """//
// JSON of the schemas.
//   std::string text = to_json(repository);
//   Result<RepositoryCreation> body = read_json<RepositoryCreation>(text);
#pragma once

#include <string>
#include <string_view>

#include "api/json_values.h"
#include "api/types.h"
#include "base/json_writer.h"
#include "base/result.h"

namespace mere::api {

// Optional members without a value are left out, or are null where the schema says that they can be.
"""

_FOOTER = """
// `value` and a newline, which ends every JSON answer.
template <class T>
std::string to_json(const T& value) {
  std::string text;
  JsonWriter json(text);
  write_json(json, value);
  text += '\\n';
  return text;
}

// Reads and validates into a new T: required properties, types, enumerations, limits, patterns; `null` is refused where the
// schema does not allow it, unknown properties are ignored. T is a schema, or a list of one that an operation
// takes or answers. Errors: `invalid_argument`, "request body has an error: at "/paths/0/type": …", or with what `subject`
// says in front.
template <class T>
Result<T> read_json(std::string_view text, std::string_view subject = "request body") {
  T value{};
  RETURN_IF_ERROR(read_json_into(text, value, subject));
  return value;
}

}  // namespace mere::api
"""


def emit(model: Model) -> dict[str, str]:
    structs = [made for made in model.types if isinstance(made, Struct)]
    header = [BANNER, _HEADER]
    source = [BANNER, '#include "api/json.h"\n\nnamespace mere::api {\n']
    for struct in structs:
        name = type_name(struct.name)
        header.append(f"void write_json(JsonWriter& json, const {name}& value);\n")
        source.append("\n" + _writer(struct))
    header.append("\n")
    for name in documents(model):
        header.append(f"Status read_json_into(std::string_view text, {name}& into, std::string_view subject);\n")
    header.append(_FOOTER)
    source.append("\n}  // namespace mere::api\n")
    return {"json.h": "".join(header), "json_write.cpp": "".join(source)}


def _writer(struct: Struct) -> str:
    argument = "value" if struct.properties else ""
    lines = [f"void write_json(JsonWriter& json, const {type_name(struct.name)}& {argument}) {{"]
    lines.append("  json.begin_object();")
    for made in struct.properties:
        lines.extend(_member(made))
    lines.append("  json.end_object();")
    lines.append("}\n")
    return "\n".join(lines)


def _member(made: Property) -> list[str]:
    place = f"value.{identifier(made.name)}"
    key = quoted(json.dumps(made.name) + ":")
    if is_optional(made):
        lines = [f"  if ({place}) write_member(json, {key}, *{place});"]
        if made.nullable:
            lines.append(f"  else write_null_member(json, {key});")
        return lines
    if made.null_when_empty:
        return [
            f"  if ({place}.empty()) write_null_member(json, {key});",
            f"  else write_member(json, {key}, {place});",
        ]
    return [f"  write_member(json, {key}, {place});"]

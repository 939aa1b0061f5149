"""operations.h, operations.cpp: the parameters of each operation, and their parsers."""

from ..model import Model, Operation, Parameter
from .json_read import Patterns
from .text import BANNER, body_type, cpp_type, identifier, parameter_member, params_type, quoted

_HEADER = """//
// The parameters of each operation: typed, validated, defaults applied.
//   Result<GetRepositoryParams> params = GetRepositoryParams::parse(raw);
// Errors of every parse: `invalid_argument`, "parameter "path" in query has an error: …".
// A query string that may be empty ("prefix") is "" when it is absent. Operations without parameters take NoParams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/raw_request.h"
#include "api/types.h"
#include "base/clock.h"
#include "base/result.h"

namespace mere::api {

template <class Params>
Result<Params> parse_params(const RawParams& raw) {
  Params params;
  RETURN_IF_ERROR(params.parse_from(raw));
  return params;
}

struct NoParams {
  Status parse_from(const RawParams&) { return {}; }
  static Result<NoParams> parse(const RawParams& raw) { return parse_params<NoParams>(raw); }

  friend bool operator==(const NoParams&, const NoParams&) = default;
};
"""

_LIST = """// Every operation: X(name, Params) of those without a body or with one that is streamed, J(name, Params, Body) with
// a JSON body, O(name, Params, Body) with one that may be absent.
//   #define X(name, Params) Task<http::Response> name(Call& call, Params params);
#define MERE_API_OPERATIONS(X, J, O)"""


def emit(model: Model) -> dict[str, str]:
    patterns = Patterns()
    header = [BANNER, _HEADER]
    parsers = []
    for operation in model.operations:
        if operation.parameters:
            header.append("\n" + _struct(operation))
            parsers.append("\n" + _parser(operation, patterns))
        else:
            header.append(f"\nusing {params_type(operation.id)} = NoParams;\n")
        header.append(_body(operation))
    header.append("\n}  // namespace mere::api\n\n" + _LIST)
    header.extend(f" \\\n  {_entry(operation)}" for operation in model.operations)
    header.append("\n")
    source = [
        BANNER,
        '#include "api/operations.h"\n\n#include "api/parameters.h"\n\nnamespace mere::api {\n',
        patterns.definitions(),
        *parsers,
        "\n}  // namespace mere::api\n",
    ]
    return {"operations.h": "".join(header), "operations.cpp": "".join(source)}


def _entry(operation: Operation) -> str:
    kind = "X"
    parts = [identifier(operation.id), f"::mere::api::{params_type(operation.id)}"]
    if operation.body and operation.body.type:
        kind = "J" if operation.body.required else "O"
        parts.append(f"::mere::api::{body_type(operation.id)}")
    return f"{kind}({', '.join(parts)})"


def _struct(operation: Operation) -> str:
    name = params_type(operation.id)
    lines = [f"// {operation.method} {operation.path}\n", f"struct {name} {{\n"]
    for parameter in operation.parameters:
        lines.append(f"  {parameter_member(parameter)}\n")
    lines.append("\n  Status parse_from(const RawParams& raw);  // into a new one\n")
    lines.append(f"  static Result<{name}> parse(const RawParams& raw) {{ return parse_params<{name}>(raw); }}\n")
    lines.append(f"  friend bool operator==(const {name}&, const {name}&) = default;\n}};\n")
    return "".join(lines)


def _body(operation: Operation) -> str:
    """The body's type under the operation's name, unless that is its own name."""
    if operation.body is None or operation.body.type is None:
        return ""
    name, type = body_type(operation.id), cpp_type(operation.body.type)
    return "" if name == type else f"using {name} = {type};\n"


def _parser(operation: Operation, patterns: Patterns) -> str:
    name = params_type(operation.id)
    lines = [f"Status {name}::parse_from(const RawParams& raw) {{"]
    place = 0
    for parameter in operation.parameters:
        rule = _rule(parameter, patterns)
        where = identifier(parameter.name)
        if parameter.where == "path":
            lines.append(f"  RETURN_IF_ERROR(parameters::read_path(raw, {place}, {rule}, {where}));")
            place += 1
        else:
            lines.append(f"  RETURN_IF_ERROR(parameters::read_{parameter.where}(raw, {rule}, {where}));")
    lines.append("  return {};")
    lines.append("}\n")
    return "\n".join(lines)


def _rule(parameter: Parameter, patterns: Patterns) -> str:
    """A ParameterRule, written with the members that differ from its defaults."""
    parts = [f".name = {quoted(parameter.name)}"]
    if parameter.required:
        parts.append(".required = true")
    if parameter.may_be_empty:
        parts.append(".may_be_empty = true")
    if parameter.type.minimum is not None:
        parts.append(f".minimum = {parameter.type.minimum}")
    if parameter.type.maximum is not None:
        parts.append(f".maximum = {parameter.type.maximum}")
    if parameter.type.pattern is not None:
        parts.append(f".pattern = &{patterns.function(parameter.type.pattern, parameter.name)}()")
    return "{" + ", ".join(parts) + "}"

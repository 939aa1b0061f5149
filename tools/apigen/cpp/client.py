"""What callers use: calls.h (requests from typed arguments), api.h and async_api.h (a method for each operation)."""

from collections.abc import Callable

from ..model import Model, Operation, Parameter
from .text import BANNER, body_type, comment, cpp_type, identifier, is_plain_text, literal, params_type, quoted

_CALLS = """//
// The request of each operation, made from its parameters and body.
#pragma once

#include <memory>
#include <optional>

#include "api/operations.h"
#include "client/body_source.h"
#include "client/call.h"

namespace mere::client::calls {

"""

_API = """//
// Every operation of the API as a method that waits for its answer.
//   Result<api::Repository> found = api.get_repository({.repository = "lake"});
// Errors of every method: those of the operation by code, with the server's message; `unavailable`,
// `deadline_exceeded`, `cancelled` if no answer came; `invalid_argument` for arguments that cannot be sent;
// `corrupt` for an answer that is not what the API promises. `options.answer` is told status and headers, of
// errors too.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/operations.h"
#include "api/types.h"
#include "base/result.h"
#include "client/body_source.h"
#include "client/session.h"

namespace mere::client {

// Any thread may call any method.
class Api {
 public:
  explicit Api(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  const std::shared_ptr<Session>& session() const { return session_; }

"""

_ASYNC = """//
// Every operation of the API as a method that is awaited: Api (client/api.h) says what each does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/operations.h"
#include "api/types.h"
#include "base/executor.h"
#include "base/result.h"
#include "base/task.h"
#include "client/body_source.h"
#include "client/session.h"

namespace mere::client {

// Its tasks are awaited, and resume, on `executor`, which outlives them as the session does. Arguments are read
// when a method is called, not when its task is awaited.
class AsyncApi {
 public:
  AsyncApi(std::shared_ptr<Session> session, Executor& executor)
      : session_(std::move(session)), executor_(executor) {}

"""


def emit(model: Model) -> dict[str, str]:
    """File name → text, to be included as "client/…"."""
    return {
        "calls.h": BANNER + _CALLS + _lines(model, _call_declaration) + "\n}  // namespace mere::client::calls\n",
        "calls.cpp": BANNER
        + '#include "client/calls.h"\n\n#include "client/call_builder.h"\n\nnamespace mere::client::calls {\n'
        + _lines(model, lambda operation: _call_definition(model, operation))
        + "\n}  // namespace mere::client::calls\n",
        "api.h": BANNER
        + _API
        + _lines(model, _declaration)
        + "\n private:\n  std::shared_ptr<Session> session_;\n};\n\n}  // namespace mere::client\n",
        "api.cpp": BANNER
        + '#include "client/api.h"\n\n#include "client/calls.h"\n#include "client/decode.h"\n\n'
        + "namespace mere::client {\n"
        + _lines(model, _definition)
        + "\n}  // namespace mere::client\n",
        "async_api.h": BANNER
        + _ASYNC
        + _lines(model, _async_declaration)
        + "\n private:\n  std::shared_ptr<Session> session_;\n  Executor& executor_;\n};\n\n"
        + "}  // namespace mere::client\n",
        "async_api.cpp": BANNER
        + '#include "client/async_api.h"\n\n#include "client/calls.h"\n#include "client/decode.h"\n\n'
        + "namespace mere::client {\n"
        + _lines(model, _async_definition)
        + "\n}  // namespace mere::client\n",
    }


def _lines(model: Model, one: Callable[[Operation], str]) -> str:
    return "".join(one(operation) for operation in model.operations)


# Calls


def _call_arguments(operation: Operation) -> str:
    arguments = [f"const api::{params_type(operation.id)}&{_name(operation, 'params')}"]
    if operation.body:
        arguments.append(_body_argument(operation))
    return ", ".join(arguments)


def _name(operation: Operation, name: str) -> str:
    """No name for parameters that nothing reads."""
    return f" {name}" if operation.parameters else ""


def _body_argument(operation: Operation) -> str:
    assert operation.body
    if operation.body.type is None:
        return "std::shared_ptr<BodySource> body"
    type = f"api::{body_type(operation.id)}"
    return f"const {type}& body" if operation.body.required else f"const std::optional<{type}>& body"


def _call_declaration(operation: Operation) -> str:
    return f"Call {identifier(operation.id)}({_call_arguments(operation)});\n"


def _call_definition(model: Model, operation: Operation) -> str:
    lines = [
        f"\nCall {identifier(operation.id)}({_call_arguments(operation)}) {{",
        f"  CallBuilder call({quoted(operation.id)}, {quoted(operation.method)});",
        *_path(model, operation),
    ]
    for parameter in operation.parameters:
        if parameter.where != "path":
            lines.append(_argument(parameter))
    if operation.body:
        body = "std::move(body)" if operation.body.type is None else "body"
        lines.append(f"  call.{'octets' if operation.body.type is None else 'json'}({body});")
    if any(response.status.startswith("3") for response in operation.responses):
        lines.append("  call.may_redirect();")
    return "\n".join(lines) + "\n  return call.done();\n}\n"


def _path(model: Model, operation: Operation) -> list[str]:
    lines: list[str] = []
    written = model.base_path
    for part in operation.path.split("/")[1:]:
        written += "/"
        if not part.startswith("{"):
            written += part
            continue
        lines.append(f"  call.literal({quoted(written)});")
        lines.append(f"  call.segment({quoted(part[1:-1])}, {_place(part[1:-1])});")
        written = ""
    return lines + ([f"  call.literal({quoted(written)});"] if written else [])


def _place(name: str) -> str:
    return f"params.{identifier(name)}"


def _argument(parameter: Parameter) -> str:
    """What says the same as its absence is left out."""
    place = _place(parameter.name)
    line = f"call.{parameter.where}({quoted(parameter.name)}, {place});"
    if parameter.default is not None and not parameter.required:
        value = literal(parameter.type, parameter.default)
        return f"  if ({place} != {'api::' + value if parameter.type.kind == 'enum' else value}) {line}"
    return f"  if (!{place}.empty()) {line}" if is_plain_text(parameter) else f"  {line}"


# Methods


def _answer(operation: Operation) -> str:
    """The type of the answer: nothing, a schema's, plain text, or "stream"."""
    for response in operation.responses:
        if response.status.startswith("2") and response.type:
            if response.type.kind == "binary":
                return "stream"
            return _qualified(cpp_type(response.type))
    return ""


def _qualified(type: str) -> str:
    for opening in ("std::vector<", "std::map<std::string, "):
        if type.startswith(opening):
            return opening + _qualified(type[len(opening) : -1]) + ">"
    return type if type.startswith("std::") or type in ("bool", "double") else f"api::{type}"


def _is_json(operation: Operation) -> bool:
    return any(r.status.startswith("2") and r.content_type == "application/json" for r in operation.responses)


def _arguments(operation: Operation, options: str) -> str:
    arguments = [f"const api::{params_type(operation.id)}& params"] if operation.parameters else []
    if operation.body:
        arguments.append(_body_argument(operation))
    return ", ".join([*arguments, options])


def _forwarded(operation: Operation) -> str:
    arguments = ["params" if operation.parameters else "{}"]
    if operation.body:
        arguments.append("std::move(body)" if operation.body.type is None else "body")
    return f"calls::{identifier(operation.id)}({', '.join(arguments)})"


def _result(operation: Operation, stream: str) -> str:
    answer = _answer(operation)
    if answer == "stream":
        return f"Result<{stream}>"
    return f"Result<{answer}>" if answer else "Status"


def _declaration(operation: Operation) -> str:
    note = f"{operation.summary}." if operation.summary else ""
    arguments = _arguments(operation, "const CallOptions& options = {}")
    return comment(note, "  ") + f"  {_result(operation, 'Download')} {identifier(operation.id)}({arguments}) const;\n"


def _definition(operation: Operation) -> str:
    head = (
        f"\n{_result(operation, 'Download')} Api::{identifier(operation.id)}"
        f"({_arguments(operation, 'const CallOptions& options')}) const {{\n"
    )
    answer = _answer(operation)
    call = f"session_->{'open' if answer == 'stream' else 'fetch'}({_forwarded(operation)}, options)"
    return head + f"  return {_decoded(operation, answer, call, '')};\n}}\n"


def _decoded(operation: Operation, answer: str, call: str, later: str) -> str:
    if answer == "stream" or (answer and not _is_json(operation)):
        return call
    if not answer:
        return f"done{later}({call})"
    return f"decoded{later}<{answer}>({quoted(operation.id)}, {call})"


def _async_declaration(operation: Operation) -> str:
    arguments = _arguments(operation, "CallOptions options = {}")
    return f"  Task<{_result(operation, 'Incoming')}> {identifier(operation.id)}({arguments}) const;\n"


def _async_definition(operation: Operation) -> str:
    head = (
        f"\nTask<{_result(operation, 'Incoming')}> AsyncApi::{identifier(operation.id)}"
        f"({_arguments(operation, 'CallOptions options')}) const {{\n"
    )
    answer = _answer(operation)
    call = (
        f"session_->{'open' if answer == 'stream' else 'fetch'}"
        f"({_forwarded(operation)}, std::move(options), executor_)"
    )
    return head + f"  return {_decoded(operation, answer, call, '_later')};\n}}\n"

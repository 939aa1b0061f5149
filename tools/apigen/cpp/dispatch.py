"""dispatch.h: from an operation to the handler's member function of its name."""

from ..model import Model, Operation
from .text import BANNER, body_type, identifier, params_type

_TOP = """//
// Calls the member of a handler that has the operation's name in snake_case. A handler that lacks one of them, or
// takes something else, does not compile. It is a class with, for each operation,
//   Reply get_repository(Call& call, GetRepositoryParams params);                        no body
//   Reply create_tag(Call& call, CreateTagParams params, TagCreation body);              a required JSON body
//   Reply login(Call& call, LoginParams params, std::optional<LoginInformation> body);   an optional one
// Reply is the same for all; when it is a coroutine, parameters and body are taken by value, as it outlives them.
// Operations whose body is streamed (BodyKind::stream) are answered before dispatch.
//
// Includes every parser: include it in one place.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/body.h"
#include "api/operations.h"
#include "api/routes.h"
#include "api/types.h"
#include "base/check.h"
#include "base/result.h"

namespace mere::api {

namespace detail {

template <class Member>
struct HandlerTraits;

template <class H, class R, class Call, class... Arguments>
struct HandlerTraits<R (H::*)(Call&, Arguments...)> {
  using Reply = R;
  static constexpr bool kBorrows = (std::is_reference_v<Arguments> || ...);
};

template <class H, class R, class Call, class... Arguments>
struct HandlerTraits<R (H::*)(Call&, Arguments...) const> : HandlerTraits<R (H::*)(Call&, Arguments...)> {};

template <class R>
concept Coroutine = requires { typename R::promise_type; };

template <class Reply, auto kMember, class H, class Call, class... Arguments>
Reply call_handler(H& handlers, Call& call, Arguments&&... arguments) {
  using Traits = HandlerTraits<decltype(kMember)>;
  static_assert(std::same_as<typename Traits::Reply, Reply>, "every handler returns the same type");
  static_assert(!Coroutine<Reply> || !Traits::kBorrows,
                "a coroutine takes parameters and body by value: it runs after dispatch has returned");
  return (handlers.*kMember)(call, std::forward<Arguments>(arguments)...);
}

template <class Reply, class Params, auto kMember, class H, class Call, class Admit>
Result<Reply> run(H& handlers, Call& call, const RawParams& raw, Admit& admit) {
  Params params;
  RETURN_IF_ERROR(params.parse_from(raw));
  RETURN_IF_ERROR(admit());
  return call_handler<Reply, kMember>(handlers, call, std::move(params));
}

template <class Reply, class Params, class Body, auto kMember, class H, class Call, class Admit>
Result<Reply> run_with_body(H& handlers, Call& call, const RawParams& raw, const RawBody& raw_body, Admit& admit) {
  Params params;
  RETURN_IF_ERROR(params.parse_from(raw));
  Body body{};
  RETURN_IF_ERROR(parse_body(raw_body, body));
  RETURN_IF_ERROR(admit());
  return call_handler<Reply, kMember>(handlers, call, std::move(params), std::move(body));
}

template <class Reply, class Params, class Body, auto kMember, class H, class Call, class Admit>
Result<Reply> run_with_optional_body(H& handlers, Call& call, const RawParams& raw, const RawBody& raw_body,
                                     Admit& admit) {
  Params params;
  RETURN_IF_ERROR(params.parse_from(raw));
  std::optional<Body> body;
  RETURN_IF_ERROR(parse_body(raw_body, body));
  RETURN_IF_ERROR(admit());
  return call_handler<Reply, kMember>(handlers, call, std::move(params), std::move(body));
}

}  // namespace detail

// Parses and validates, then asks `admit` (a callable that returns Status: credentials come after validation), then
// calls the handler. Requires an operation without a streamed body. Errors: those of the parsers and of `admit`; nothing was called then. A Reply that is a
// coroutine comes back as the handler made it; the caller awaits it.
template <class H, class Call, class Admit>
auto dispatch(H& handlers, Call& call, Operation operation, const RawParams& raw, const RawBody& body, Admit admit) {
  using Reply = typename detail::HandlerTraits<decltype(&H::@FIRST@)>::Reply;
  using Answer = Result<Reply>;
  switch (operation) {
"""

_BOTTOM = """  }
  MERE_CHECK(false);
}

template <class H, class Call>
auto dispatch(H& handlers, Call& call, Operation operation, const RawParams& raw, const RawBody& body) {
  return dispatch(handlers, call, operation, raw, body, [] { return Status(); });
}

}  // namespace mere::api
"""


def emit(model: Model) -> dict[str, str]:
    first = identifier(model.operations[0].id)
    cases = "".join(_case(operation) for operation in model.operations)
    return {"dispatch.h": BANNER + _TOP.replace("@FIRST@", first) + cases + _BOTTOM}


def _case(operation: Operation) -> str:
    name = identifier(operation.id)
    if operation.body and operation.body.kind == "stream":
        return f"    case Operation::{name}:\n      break;\n"
    params = params_type(operation.id)
    member = f"&H::{name}"
    if operation.body and operation.body.type:
        function = "run_with_body" if operation.body.required else "run_with_optional_body"
        kinds = f"Reply, {params}, {body_type(operation.id)}, {member}"
        call = f"detail::{function}<{kinds}>(handlers, call, raw, body, admit)"
    else:
        call = f"detail::run<Reply, {params}, {member}>(handlers, call, raw, admit)"
    return f"    case Operation::{name}:\n      return Answer({call});\n"

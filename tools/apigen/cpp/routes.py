"""routes.h, routes.cpp: the operations and the tree of their paths."""

from dataclasses import dataclass, field

from ..model import METHODS, Model, Operation
from .text import BANNER, identifier, quoted

_HEADER_TOP = """//
// The operations of the API and which of them a request means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mere::api {

"""

_HEADER_BOTTOM = """
enum class BodyKind : std::uint8_t {
  none,
  json,           // required
  optional_json,
  stream,         // the handler reads it; not validated
};

struct OperationInfo {
  Operation operation;
  std::string_view id;             // operationId: "getRepository"
  std::string_view method;         // "GET"
  std::string_view path;           // template, below kBasePath: "/repositories/{repository}"
  std::string_view tag;            // the first
  BodyKind body;
  bool needs_credentials;          // false: anybody may call it
  bool deprecated;
};

const OperationInfo& info_of(Operation operation);
std::span<const OperationInfo> all_operations();  // in the order of Operation

struct RouteMatch {
  Operation operation;
  std::array<std::string_view, kMaxPathParameters> filled;  // into the path that was matched
  std::size_t count = 0;

  std::span<const std::string_view> path() const { return {filled.data(), count}; }  // for RawParams
};

// `path` is what follows kBasePath, as sent, still percent-encoded and without the query. Nothing matches an
// unknown path or method, an empty segment, or a slash at the end. Allocates nothing.
std::optional<RouteMatch> match_route(std::string_view method, std::string_view path);

}  // namespace mere::api
"""

_SOURCE_BOTTOM = """
constexpr std::string_view kMethodNames[] = {%(methods)s};

}  // namespace

const OperationInfo& info_of(Operation operation) { return kOperationInfos[static_cast<std::size_t>(operation)]; }

std::span<const OperationInfo> all_operations() { return kOperationInfos; }

std::optional<RouteMatch> match_route(std::string_view method, std::string_view path) {
  for (std::size_t i = 0; i < kMethods; ++i) {
    if (method != kMethodNames[i]) continue;
    RouteMatch match{};
    const int found = find_route({kNodes, kEdges}, static_cast<Method>(i), path, match.filled, match.count);
    if (found < 0) return std::nullopt;
    match.operation = static_cast<Operation>(found);
    return match;
  }
  return std::nullopt;
}

}  // namespace mere::api
"""


@dataclass
class Node:
    written: dict[str, "Node"] = field(default_factory=dict)
    braces: "Node | None" = None
    operations: dict[str, int] = field(default_factory=dict)
    number: int = 0


def emit(model: Model) -> dict[str, str]:
    return {"routes.h": _header(model), "routes.cpp": _source(model)}


def _header(model: Model) -> str:
    most = max(operation.path.count("{") for operation in model.operations)
    lines = [BANNER, _HEADER_TOP, "enum class Operation : std::uint16_t {\n"]
    lines.extend(f"  {identifier(operation.id)},\n" for operation in model.operations)
    lines.append("};\n")
    lines.append(f"inline constexpr std::size_t kOperations = {len(model.operations)};\n")
    lines.append(f"inline constexpr std::size_t kMaxPathParameters = {most};\n")
    lines.append(f"inline constexpr std::string_view kBasePath = {quoted(model.base_path)};\n")
    lines.append(_HEADER_BOTTOM)
    return "".join(lines)


def _source(model: Model) -> str:
    lines = [BANNER, '#include "api/routes.h"\n\n#include "api/route_tree.h"\n\nnamespace mere::api {\n\nnamespace {\n']
    lines.append("\nconstexpr OperationInfo kOperationInfos[] = {\n")
    lines.extend(f"    {_info(operation)},\n" for operation in model.operations)
    lines.append("};\n")
    nodes = _number(_tree(model))
    edges: list[str] = []
    table: list[str] = []
    for node in nodes:
        first = len(edges)
        edges.extend(f"{{{quoted(text)}, {child.number}}}" for text, child in sorted(node.written.items()))
        operations = ", ".join(str(node.operations.get(method, -1)) for method in METHODS)
        braces = node.braces.number if node.braces else 0
        table.append(f"{{{first}, {len(node.written)}, {braces}, {{{operations}}}}}")
    lines.append("\nconstexpr RouteEdge kEdges[] = {\n" + "".join(f"    {edge},\n" for edge in edges) + "};\n")
    lines.append("\nconstexpr RouteNode kNodes[] = {\n" + "".join(f"    {row},\n" for row in table) + "};\n")
    methods = ", ".join(quoted(method.upper()) for method in METHODS)
    lines.append(_SOURCE_BOTTOM % {"methods": methods})
    return "".join(lines)


def _info(operation: Operation) -> str:
    return (
        f"{{Operation::{identifier(operation.id)}, {quoted(operation.id)}, {quoted(operation.method)}, "
        f"{quoted(operation.path)}, {quoted(operation.tags[0] if operation.tags else '')}, BodyKind::{_body(operation)}, "
        f"{'true' if operation.needs_credentials else 'false'}, {'true' if operation.deprecated else 'false'}}}"
    )


def _body(operation: Operation) -> str:
    if operation.body is None:
        return "none"
    if operation.body.kind == "stream":
        return "stream"
    return "json" if operation.body.required else "optional_json"


def _tree(model: Model) -> Node:
    root = Node()
    for number, operation in enumerate(model.operations):
        node = root
        for part in operation.path.strip("/").split("/"):
            if part.startswith("{"):
                node.braces = node.braces or Node()
                node = node.braces
            else:
                node = node.written.setdefault(part, Node())
        method = operation.method.lower()
        if method in node.operations:
            raise ValueError(f"two operations answer {operation.method} {operation.path}")
        node.operations[method] = number
    return root


def _number(root: Node) -> list[Node]:
    """All nodes, the root first, each with its place in the list."""
    nodes = [root]
    for node in nodes:
        node.number = nodes.index(node)
        nodes.extend(child for _, child in sorted(node.written.items()))
        if node.braces:
            nodes.append(node.braces)
    return nodes

// A tree of path templates, laid out as constant arrays by the generated routes.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mere::api {

enum class Method : std::uint8_t { get, head, post, put, patch, del };
inline constexpr std::size_t kMethods = 6;

struct RouteEdge {
  std::string_view segment;  // as written in the template
  std::uint16_t node;
};

struct RouteNode {
  std::uint16_t first_edge;
  std::uint16_t edges;                // sorted by segment
  std::uint16_t braces;               // the node behind {…}; 0: none
  std::int16_t operations[kMethods];  // by Method; -1: none
};

struct RouteTree {
  std::span<const RouteNode> nodes;  // the first is the root
  std::span<const RouteEdge> edges;
};

// The operation of the template that `path` fits, or -1. `path` is still percent-encoded, so an
// encoded slash does not end a segment. A written segment goes before braces, and where it leads
// nowhere braces are tried: refs/dump/objects is about a reference called dump. No segment is empty.
// `filled` gets what stood in the braces; it must have room for the deepest template's.
int find_route(const RouteTree& tree, Method method, std::string_view path,
               std::span<std::string_view> filled, std::size_t& count);

}  // namespace mere::api

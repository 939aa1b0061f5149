#include "api/route_tree.h"

#include <algorithm>

namespace mere::api {

namespace {

struct Walk {
  const RouteTree& tree;
  Method method;
  std::span<std::string_view> filled;
  std::size_t& count;

  // `rest` starts with the slash before the next segment, or is empty at the end. Goes as deep as the
  // tree, and branches only where a node has both the segment and braces.
  int from(const RouteNode& node, std::string_view rest) {
    if (rest.empty()) return node.operations[static_cast<std::size_t>(method)];
    if (rest.front() != '/') return -1;
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(end);
    if (segment.empty()) return -1;

    const auto edges = tree.edges.subspan(node.first_edge, node.edges);
    const auto edge = std::ranges::lower_bound(edges, segment, {}, &RouteEdge::segment);
    if (edge != edges.end() && edge->segment == segment) {
      if (const int found = from(tree.nodes[edge->node], rest); found >= 0) return found;
    }
    if (node.braces == 0 || count == filled.size()) return -1;
    filled[count++] = segment;
    if (const int found = from(tree.nodes[node.braces], rest); found >= 0) return found;
    --count;
    return -1;
  }
};

}  // namespace

int find_route(const RouteTree& tree, Method method, std::string_view path,
               std::span<std::string_view> filled, std::size_t& count) {
  count = 0;
  if (path.empty()) return -1;
  return Walk{tree, method, filled, count}.from(tree.nodes.front(), path);
}

}  // namespace mere::api

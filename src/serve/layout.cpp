#include "serve/layout.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <string_view>

#include "serve/version.h"

namespace mere::serve {
namespace {

constexpr std::string_view kKey = "layout";

}  // namespace

Status check_layout(kv::Store& state) {
  ASSIGN_OR_RETURN(const auto stored, state.get(kKey));
  if (!stored) return kv::put(state, std::string(kKey), fmt::format("{} {}", kLayout, kVersion));

  int layout = 0;
  const char* const end = stored->data() + stored->size();
  const auto [rest, problem] = std::from_chars(stored->data(), end, layout);
  if (problem != std::errc() || layout < 1 || rest == end || *rest != ' ') {
    return Error{Code::corrupt, "the lake does not say in which layout it is stored: its record is damaged"};
  }
  if (layout <= kLayout) return {};
  return Error{
      Code::invalid_argument,
      fmt::format("the lake was written by mere {}, in layout {}; this is mere {}, which knows layouts "
                  "up to {}: install mere {} or later, or go back to a copy from before the upgrade",
                  std::string_view(rest + 1, end), layout, kVersion, kLayout,
                  std::string_view(rest + 1, end))};
}

}  // namespace mere::serve

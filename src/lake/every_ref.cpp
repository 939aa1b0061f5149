#include "lake/every_ref.h"

namespace mere::lake {
namespace {

constexpr std::size_t kPage = 1000;

template <class ListPage, class Visit>
Status for_each_ref(const ListPage& list_page, const Visit& visit, const std::string& after) {
  version::PageRequest page{.prefix = "", .after = after, .amount = kPage};
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const auto found, list_page(page));
    for (const auto& ref : found.items) {
      ASSIGN_OR_RETURN(const bool goes_on, visit(ref));
      if (!goes_on) return {};
      page.after = ref.name.str();
    }
    more = found.has_more;
  }
  return {};
}

}  // namespace

Status for_each_branch(const version::Engine& engine, const version::Repository& repository,
                       const std::function<Result<bool>(const version::Branch&)>& visit,
                       const std::string& after) {
  const auto list_page = [&](const version::PageRequest& page) {
    return engine.refs.branches(repository, page, /*show_hidden=*/true);
  };
  return for_each_ref(list_page, visit, after);
}

Status for_each_tag(const version::Engine& engine, const version::Repository& repository,
                    const std::function<Result<bool>(const version::Tag&)>& visit) {
  const auto list_page = [&](const version::PageRequest& page) { return engine.refs.tags(repository, page); };
  return for_each_ref(list_page, visit, "");
}

}  // namespace mere::lake

#include "client/repository.h"

#include <utility>

namespace mere::client {

Result<api::Repository> Repository::info() const {
  return about(uri(), api_.get_repository({.repository = name_}));
}

Status Repository::remove(bool force) const {
  return about(uri(), api_.delete_repository({.repository = name_, .force = force}));
}

Result<std::map<std::string, std::string>> Repository::metadata() const {
  return about(uri(), api_.get_repository_metadata({.repository = name_}));
}

Listing<api::Ref> Repository::branches(std::string prefix) const {
  return listing_of<api::Ref>(
      [api = api_, name = name_, prefix = std::move(prefix), uri = uri()](const std::string& after) {
        api::ListBranchesParams page;
        page.repository = name;
        page.prefix = prefix;
        page.after = after;
        page.amount = 1000;
        return about(uri, api.list_branches(page));
      });
}

Listing<api::Ref> Repository::tags(std::string prefix) const {
  return listing_of<api::Ref>(
      [api = api_, name = name_, prefix = std::move(prefix), uri = uri()](const std::string& after) {
        api::ListTagsParams page;
        page.repository = name;
        page.prefix = prefix;
        page.after = after;
        page.amount = 1000;
        return about(uri, api.list_tags(page));
      });
}

}  // namespace mere::client

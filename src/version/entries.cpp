#include "version/entries.h"

#include <utility>

namespace mere::version {

Entries::Entries(kv::Store& state, tree::Trees& trees, const Commits& commits, const Refs& refs,
                 const Repositories& repositories, Staging& staging, Random& random)
    : state_(state),
      trees_(trees),
      commits_(commits),
      refs_(refs),
      repositories_(repositories),
      staging_(staging),
      random_(random) {}

Result<tree::Entry> Entries::find(const Repository& repository, const RefExpr& ref,
                                  std::string_view path) const {
  ASSIGN_OR_RETURN(const Resolved at, refs_.resolve(repository, ref));
  return find(repository, at, path);
}

Result<tree::Entry> Entries::find(const Repository& repository, const Resolved& at,
                                  std::string_view path) const {
  ASSIGN_OR_RETURN(const tree::Trees::Found found, version::find(sources(), repository, at, path));
  return tree::decode_entry(found.data);
}

}  // namespace mere::version

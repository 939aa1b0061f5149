// What refers to the bytes that are looked at: named in reports, and asked again before something is
// reported, as the lake may change meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "block/store.h"
#include "version/types.h"

namespace mere::lake {

struct Lake;

struct Referrer {
  enum class Kind { branch, changes, tag, commit };  // changes: a branch's, not committed
  Kind kind = Kind::commit;
  std::string name;  // of the branch or the tag, or the id of the commit
};
std::string where_of(const Referrer& referrer);  // "branch main, uncommitted"

// Whether `path` is an object at `address` now, for `referrer` or, if that has moved on, for any branch or
// tag: these may have had the entry from it. False when the repository is being deleted. An error: it cannot
// be known.
Result<bool> is_still_an_object(const Lake& lake, const version::Repository& repository,
                                const Referrer& referrer, std::string_view path,
                                const block::Address& address);

// Or being deleted.
bool is_deleted(const Lake& lake, const version::Repository& repository);

}  // namespace mere::lake

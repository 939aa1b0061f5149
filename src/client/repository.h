// A repository of a lake.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "client/branch.h"
#include "client/listing.h"
#include "client/reference.h"

namespace mere::client {

// A value; making one asks nothing. Errors name the repository's URI.
class Repository {
 public:
  Repository(Api api, std::string name) : api_(std::move(api)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  std::string uri() const { return Uri{name_, "", ""}.to_string(); }

  Result<api::Repository> info() const;
  Status remove(bool force = false) const;  // `force`: also a read-only one
  Result<std::map<std::string, std::string>> metadata() const;

  Branch branch(std::string id) const { return Branch(api_, name_, std::move(id)); }
  Reference ref(std::string id) const { return Reference(api_, name_, std::move(id)); }
  Tag tag(std::string id) const { return Tag(api_, name_, std::move(id)); }
  Listing<api::Ref> branches(std::string prefix = "") const;
  Listing<api::Ref> tags(std::string prefix = "") const;

 private:
  Api api_;
  std::string name_;
};

}  // namespace mere::client

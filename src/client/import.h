// An import: objects that stay where they are in the store and become part of a branch.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/api.h"

namespace mere::client {

//   branch.import_objects("raw data").add_prefix("s3://bucket/raw/", "raw/").run();
// Errors name the branch's URI.
class Import {
 public:
  Import(Api api, std::string repository, std::string branch, std::string message);

  // Everything below an address of the store, to lie below `destination`; or one object, under that path.
  Import& add_prefix(std::string_view address, std::string_view destination);
  Import& add_object(std::string_view address, std::string_view destination);
  Import& set_metadata(std::map<std::string, std::string> metadata);

  // Begins it; its id. Errors: invalid_argument, permission_denied, not_found.
  Result<std::string> start() const;
  Result<api::ImportStatus> status(const std::string& id) const;
  Status cancel(const std::string& id) const;
  // Begins it and waits for its end; the commit that it made. `progress` is told of every look at it. Asked
  // to stop, it is cancelled at the server too. Errors: those of start(); cancelled; `invalid_argument` with
  // the server's message for one that failed.
  Result<api::Commit> run(const std::function<void(const api::ImportStatus&)>& progress = nullptr,
                          std::stop_token stop = {}) const;

 private:
  Result<api::Commit> wait(const std::string& id,
                           const std::function<void(const api::ImportStatus&)>& progress,
                           const std::stop_token& stop) const;
  std::string uri() const;

  Api api_;
  std::string repository_, branch_;
  api::ImportCreation creation_;
};

}  // namespace mere::client

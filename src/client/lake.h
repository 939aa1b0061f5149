// A lake and what is in it, as small values: the way in for C++ programs.
//
//   ASSIGN_OR_RETURN(auto lake, client::Lake::connect("http://127.0.0.1:8000", options));
//   const client::Branch main = lake.repository("prices").branch("main");
//   ASSIGN_OR_RETURN(auto written, main.object("06/01.csv").write("item,price\n"));
//   ASSIGN_OR_RETURN(std::string commit, main.commit("June"));
//
// Handles (Lake, Repository, Branch, Reference, Tag, Object) are values that share a session; making one asks
// nothing, and any thread may use copies. Below them: every operation of the API (client/api.h). Beside them:
// paths (client/file_system.h).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/api.h"
#include "client/config.h"
#include "client/listing.h"
#include "client/repository.h"
#include "client/session.h"

namespace mere::client {

struct RepositoryOptions {
  std::string storage_namespace{};  // "": the server's default prefix and the name
  std::string default_branch = "main";
  bool sample_data = false;
  bool read_only = false;
};

class Lake {
 public:
  // Nothing is sent yet. Errors: invalid_argument.
  static Result<Lake> connect(const std::string& url, SessionOptions options);
  // The server that the environment or the configuration file names (client/config.h). Errors:
  // `unauthenticated` if neither does.
  static Result<Lake> connect();
  // Over any transport, such as a lake open in this process (serve/local_lake.h).
  static Lake over(std::unique_ptr<Transport> transport, SessionOptions options);
  explicit Lake(Api api) : api_(std::move(api)) {}

  Repository repository(std::string name) const { return Repository(api_, std::move(name)); }
  // Errors: already_exists, invalid_argument (a name or a namespace that cannot be).
  Result<Repository> create_repository(std::string name, const RepositoryOptions& options = {}) const;
  Listing<api::Repository> repositories(std::string prefix = "") const;
  Result<std::string> version() const;  // the server's

  const Api& api() const { return api_; }
  const std::string& name() const { return api_.session()->name(); }  // the URL or the folder

 private:
  Api api_;
};

}  // namespace mere::client

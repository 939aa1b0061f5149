// Ways into a lake for programs that own its folder: open it in this process, or find who serves it.
// Neither needs keys: whoever can read <folder>/secret.key can do anything with the lake anyway.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "serve/config.h"
#include "serve/program.h"

namespace mere::serve {

// A lake opened in this process, and the token of its administrator.
struct LocalLake {
  std::unique_ptr<Program> program;
  std::string token;
};

// Opens the lake in `config.data_dir`, and makes an administrator if it has none yet. Errors: those of
// Program::open; `not_found` if there is no lake in the folder and `create` is not said.
Result<LocalLake> open_local_lake(const Config& config, bool create);

// Where a lake is served, kept in <folder>/serving.json (mode 0600) while it is.
struct Serving {
  std::string address;  // "http://127.0.0.1:8000"
  std::string token;    // of the administrator
};

// nullopt: nobody says so. What is said may be out of date: a server that was killed leaves the file.
std::optional<Serving> find_serving(const std::string& folder);

// Written when it listens, removed when it stops; a failure to write only costs others the way in.
class ServingFile {
 public:
  ServingFile(const std::string& folder, const Serving& serving);
  ~ServingFile();
  ServingFile(const ServingFile&) = delete;

 private:
  std::string path_;
};

// A token of the first user, good until the program that has the lake open ends; `not_found` before the
// setup.
Result<std::string> administrator_token(const auth::Auth& auth);

}  // namespace mere::serve

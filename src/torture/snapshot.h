// What a lake shows of one client's part of it, read by the API, and how that differs from a model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/lake.h"
#include "torture/model.h"

namespace mere::torture {

// As ObjectState, without the number of the content, which only the bytes tell.
struct SeenObject {
  std::uint64_t size_bytes = 0;
  std::string checksum{};
  std::string note{};
  friend bool operator==(const SeenObject&, const SeenObject&) = default;
};
using SeenTree = std::map<std::string, SeenObject>;

struct SeenCommit {
  std::string id{};
  std::string message{};
  std::vector<std::string> parents{};
};

struct Snapshot {
  struct Branch {
    SeenCommit head{};
    SeenTree committed{};                              // at the head's id
    SeenTree objects{};                                // at the branch, with what is uncommitted
    std::map<std::string, std::string> uncommitted{};  // path → "added", "changed", "removed"
  };
  std::map<std::string, Branch> branches{};
  std::map<std::string, std::string> tags{};
  std::map<std::string, std::string> settings{};
};

// Branches, tags and settings whose names begin with `prefix`. Nobody may change them meanwhile.
Result<Snapshot> look(const client::Api& api, const std::string& repository, const std::string& prefix);
Result<SeenTree> list(const client::Api& api, const std::string& repository, const std::string& ref);

// What the snapshot has that the model has not, and the other way round: a line each; none: they agree. Ids
// of commits that the model does not know yet are learnt from heads.
std::vector<std::string> differences(Model& model, const Snapshot& seen);
std::vector<std::string> differences(const Tree& expected, const SeenTree& seen, const std::string& where);

}  // namespace mere::torture

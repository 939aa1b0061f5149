// Checks of repositories (verify.h) that run as tasks while the lake is in use, one at a time: they read all
// that there is, and must leave the disk to those who work. What they find is stored as it is found.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lake/tasks.h"
#include "lake/verify.h"

namespace mere::lake {

struct VerificationState {
  std::string id;
  bool completed = false;
  Timestamp updated_at;
  std::optional<VerifyCounts> counts;  // not of one that ended with an error, or at another server
  std::optional<Error> error;          // only when completed: it was not made to its end
};

// Any thread may call any method.
class Verifications {
 public:
  static constexpr std::uint64_t kMostFindings = 100'000;  // past it a check ends with `too_large`

  // `lake` and what it was made of outlive the tasks.
  Verifications(Lake& lake, kv::Store& state, Tasks& tasks);

  // `options.repository` and `options.remembered` are chosen here. `conflict` while another check runs,
  // `permission_denied` for a quarantine in a repository that is only read.
  Result<std::string> start(const version::Repository& repository, VerifyOptions options);
  // `not_found` "not found".
  Result<VerificationState> state(const version::Repository& repository, std::string_view id) const;
  // What was found so far, in order, behind the first `after`. `not_found`.
  Result<version::Page<Finding>> findings(const version::Repository& repository, std::string_view id,
                                          std::uint64_t after, std::size_t amount) const;
  // `conflict` "conflict found" if it has ended.
  Status cancel(const version::Repository& repository, std::string_view id);

 private:
  struct Running;
  class Work;

  Lake& lake_;
  kv::Store& state_;
  Tasks& tasks_;
  std::shared_ptr<Running> running_;  // shared with the work
};

}  // namespace mere::lake

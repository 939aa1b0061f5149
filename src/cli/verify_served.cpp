#include "cli/verify_served.h"

#include <algorithm>

#include "base/check.h"
#include "client/lake.h"

namespace mere::cli {
namespace {

using lake::VerifyCounts;

constexpr std::int64_t kPage = 1000;
constexpr auto kFirstPause = std::chrono::milliseconds(10);
constexpr auto kLongestPause = std::chrono::milliseconds(500);

lake::Finding finding_of(api::VerificationFinding found) {
  const auto kind = lake::finding_kind_named(api::to_string(found.kind));
  MERE_CHECK(kind);  // verify_served_test.cpp
  return {*kind,
          version::RepositoryName(found.repository),
          std::move(found.where),
          std::move(found.path),
          std::move(found.address),
          std::move(found.detail),
          found.quarantined};
}

void add(VerifyCounts& counts, const api::VerificationProgress& progress) {
  counts.commits += static_cast<std::uint64_t>(progress.commits);
  counts.tables += static_cast<std::uint64_t>(progress.tables);
  counts.entries += static_cast<std::uint64_t>(progress.objects);
  counts.bytes += static_cast<std::uint64_t>(progress.bytes);
  counts.without_checksum += static_cast<std::uint64_t>(progress.without_checksum);
  counts.findings += static_cast<std::uint64_t>(progress.findings);
}

class ServedCheck {
 public:
  ServedCheck(const client::Api& api, const lake::VerifyOptions& options,
              const std::function<void(const lake::Finding&)>& on_finding,
              const std::function<bool(const VerifyCounts&)>& progress,
              const std::function<bool(std::chrono::milliseconds)>& pause)
      : api_(api), options_(options), on_finding_(on_finding), progress_(progress), pause_(pause) {}

  Status run(const std::string& repository) {
    api::VerificationCreation wanted;
    wanted.objects = options_.objects;
    wanted.all_commits = options_.all_commits;
    wanted.quarantine = options_.quarantine;
    wanted.threads = static_cast<std::int64_t>(options_.threads);
    wanted.max_bytes_per_second = static_cast<std::int64_t>(options_.max_bytes_per_second);
    ASSIGN_OR_RETURN(const api::TaskCreation task, api_.verify_repository({repository}, wanted));
    ++before_.repositories;

    // The state goes before the list: once it is completed, all is listed.
    std::size_t told = 0;
    for (auto delay = kFirstPause;; delay = std::min(delay * 2, kLongestPause)) {
      ASSIGN_OR_RETURN(const api::Verification state, api_.get_verification({repository, task.id}));
      VerifyCounts now = before_;
      if (state.progress) add(now, *state.progress);
      if (state.completed || now.findings - before_.findings > told)
        RETURN_IF_ERROR(tell_findings(repository, task.id, told));
      if (state.completed) {
        if (state.error) return Error{Code::internal, state.error->message};
        before_ = now;
        return {};
      }
      if (!progress_(now) || !pause_(delay)) {
        // One that ended in this moment is as good.
        if (Status done = api_.cancel_verification({repository, task.id}); !done) {
          if (done.error().code != Code::conflict) return done;
        }
        return lake::check_stopped();
      }
    }
  }

  const VerifyCounts& counts() const { return before_; }

 private:
  Status tell_findings(const std::string& repository, const std::string& id, std::size_t& told) {
    for (bool more = true; more;) {
      api::ListVerificationFindingsParams params{repository, id};
      params.after = std::to_string(told);
      params.amount = kPage;
      ASSIGN_OR_RETURN(api::VerificationFindingList page, api_.list_verification_findings(params));
      for (api::VerificationFinding& found : page.results) on_finding_(finding_of(std::move(found)));
      told += page.results.size();
      more = page.pagination.has_more && !page.results.empty();
    }
    return {};
  }

  const client::Api& api_;
  const lake::VerifyOptions& options_;
  const std::function<void(const lake::Finding&)>& on_finding_;
  const std::function<bool(const VerifyCounts&)>& progress_;
  const std::function<bool(std::chrono::milliseconds)>& pause_;
  VerifyCounts before_;  // of the repositories that are done
};

}  // namespace

Result<VerifyCounts> verify_served(const serve::Serving& serving, const lake::VerifyOptions& options,
                                   const std::function<void(const lake::Finding&)>& on_finding,
                                   const std::function<bool(const VerifyCounts&)>& progress,
                                   const std::function<bool(std::chrono::milliseconds)>& pause) {
  client::SessionOptions session;
  session.credentials.token = serving.token;
  session.client_name = "mere-verify";
  // The address is one of this machine, which no certificate needs to name; the token dies with its server.
  session.http.verify_tls = false;
  ASSIGN_OR_RETURN(const client::Lake lake, client::Lake::connect(serving.address, session));
  ServedCheck check(lake.api(), options, on_finding, progress, pause);
  if (!options.repository.empty()) {
    RETURN_IF_ERROR(check.run(options.repository));
    return check.counts();
  }
  auto repositories = lake.repositories();
  for (;;) {
    ASSIGN_OR_RETURN(const auto repository, repositories.next());
    if (!repository) return check.counts();
    const Status done = check.run(repository->id);
    // Deleted since it was listed.
    if (!done && done.error().code != Code::not_found && done.error().code != Code::gone) return done.error();
  }
}

}  // namespace mere::cli

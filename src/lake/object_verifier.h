// Looks whether the bytes of entries are there and unchanged, many at a time.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/seen_addresses.h"
#include "lake/verify.h"

namespace mere::lake {

// One thread calls it; it has others look.
class ObjectVerifier {
 public:
  // All are borrowed.
  ObjectVerifier(block::Store& store, const version::Repository& repository, const VerifyOptions& options,
                 VerifyCounts& counts, const std::function<void(Finding)>& on_finding);

  // `where` and `path` say whose bytes; an address is looked at once, however many entries have it.
  void add(std::string_view where, std::string_view path, const tree::Entry& entry);
  void flush();  // looks at what was added

 private:
  struct Job {
    std::string where;
    std::string path;
    tree::Entry entry;
    block::Address address;
  };
  void look_at(const Job& job, std::vector<std::byte>& buffer);
  void find(const Job& job, FindingKind kind, std::string detail);
  Status check_bytes(const Job& job, const block::Reader& reader, std::vector<std::byte>& buffer);

  block::Store& store_;
  const version::Repository& repository_;
  const VerifyOptions& options_;
  VerifyCounts& counts_;
  const std::function<void(Finding)>& on_finding_;
  SeenAddresses seen_;
  std::vector<Job> batch_;
  std::mutex mutex_;  // guards counts_ and on_finding_ while others look
};

}  // namespace mere::lake

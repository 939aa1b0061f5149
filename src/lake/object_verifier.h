// Looks whether the bytes of entries are there and unchanged, many at a time.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/seen_names.h"
#include "block/store.h"
#include "lake/read_pace.h"
#include "lake/referrer.h"
#include "lake/verify.h"
#include "tree/types.h"

namespace mere::lake {

// One thread calls it; it has others look.
class ObjectVerifier {
 public:
  struct Calls {
    std::function<void(Finding)> on_finding;  // one call at a time of this and the next
    std::function<bool()> still_wanted;       // when it is false, what was added is left
    // Whether what is wrong with an object matters still. From any thread.
    std::function<bool(const Referrer&, std::string_view path, const block::Address&)> is_still_an_object;
  };
  // All are borrowed.
  ObjectVerifier(const block::Store& store, const version::Repository& repository,
                 const VerifyOptions& options, VerifyCounts& counts, ReadPace& pace, const Calls& calls);

  // `referrer` and `path` say whose bytes; an address is looked at once, however many entries have it.
  void add(const Referrer& referrer, std::string_view path, const tree::Entry& entry);
  void flush();  // looks at what was added

 private:
  struct Job {  // without the entry's metadata, which may be large
    Referrer referrer;
    std::string path;
    block::Address address;
    std::uint64_t size_bytes = 0;
    std::string md5;  // "": the checksum is none of the bytes
  };
  struct Problem {
    FindingKind kind;
    std::string detail;
  };
  void look_at(const Job& job, std::vector<std::byte>& buffer);
  std::optional<Problem> problem_of(const Job& job, std::vector<std::byte>& buffer);
  Status check_bytes(const Job& job, const block::Reader& reader, std::vector<std::byte>& buffer);
  bool still_wanted();

  const block::Store& store_;
  const version::Repository& repository_;
  const VerifyOptions& options_;
  VerifyCounts& counts_;
  ReadPace& pace_;
  const Calls& calls_;
  SeenNames seen_;
  std::vector<Job> batch_;
  std::mutex mutex_;  // guards the rest, counts_, and on_finding and still_wanted, while others look
  // Addresses that were no object's any more when something was found: they are looked at again if they are
  // met again.
  std::unordered_set<std::string> left_;
};

}  // namespace mere::lake

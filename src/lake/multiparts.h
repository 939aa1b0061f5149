// Objects in parts: a multipart upload belongs to a branch and a path from its beginning, and becomes an
// entry when it is completed. Blocking; any thread, but a part's Upload has one user.
//
// State lies in kv under "uploads/<repository instance>/": it survives a restart, as the parts do in the
// store. An upload that nobody has touched for `abandoned_after` is aborted by expire().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/content_checksum.h"
#include "block/store.h"
#include "lake/objects.h"

namespace mere::lake {

struct MultipartOptions {
  std::string content_type;
  Metadata metadata;  // user's, and "::mere::…" of the surface's
  bool force = false;
  // The checksum that each part carries and the whole will have; nullopt: none asked for.
  std::optional<ChecksumAlgorithm> checksum{};
};

struct MultipartUpload {
  std::string id;
  BranchName branch;
  std::string path;
  MultipartOptions options;
  Timestamp started;
};

struct UploadedPart {
  block::Part part;
  std::string checksum;  // raw bytes; "" if none is kept
};

struct CompletedPart {
  int number = 0;
  std::string etag;      // hex MD5, without quotes
  std::string checksum;  // raw; "": not said
};

struct CompleteOptions {
  bool if_absent = false;                         // `precondition_failed`; the upload stays
  std::optional<std::string> if_etag{};           // the checksum that the path must have now
  std::optional<std::uint64_t> min_part_bytes{};  // of all but the last: `too_small` as invalid_argument
};

class Multiparts {
 public:
  // All outlive this.
  Multiparts(version::Engine& engine, kv::Store& state, block::Store& store, const Clock& clock,
             Random& random);

  // `not_found` (branch), permission errors of a read-only repository; protection is checked at completion.
  Result<MultipartUpload> begin(const Repository& repository, const BranchName& branch, std::string_view path,
                                const MultipartOptions& options);
  // `not_found` for an id that is none of `repository`'s, or finished. Cached: a part costs one look-up.
  Result<MultipartUpload> find(const Repository& repository, std::string_view id) const;

  // The bytes of one part; its finish() makes it durable. The later of two with a number stays.
  Result<std::unique_ptr<block::Writer>> part(const Repository& repository, const MultipartUpload& upload,
                                              int number);
  // Keeps a part's checksum beside it, for completion and lists.
  Status keep_checksum(const Repository& repository, const MultipartUpload& upload, int number,
                       std::string_view etag, std::string_view checksum);

  // In order of numbers, after `marker`, at most `amount`.
  Result<std::vector<UploadedPart>> parts(const Repository& repository, const MultipartUpload& upload,
                                          int marker, std::size_t amount) const;
  // In order of paths, then ids; of all branches if `branch` is empty. Answers has_more.
  Result<version::Page<MultipartUpload>> list(const Repository& repository, const BranchName& branch,
                                              std::string_view prefix, std::string_view path_marker,
                                              std::string_view id_marker, std::size_t amount) const;

  // The entry, staged and durable. Its checksum is the 32 hex digits of the parts' MD5 (contract: S3 gateway,
  // section 11); metadata "::mere::parts" says how many there were. Completing twice with the same list
  // answers the same entry for an hour. Errors: not_found, invalid_argument (part, order, size, checksum),
  // those of Entries::put.
  Result<tree::Entry> complete(const Repository& repository, const MultipartUpload& upload,
                               const std::vector<CompletedPart>& parts, const CompleteOptions& options);
  Status abort(const Repository& repository, const MultipartUpload& upload);

  // Aborts what has been abandoned; answers how many.
  Result<std::size_t> expire(std::chrono::seconds abandoned_after);
};

}  // namespace mere::lake

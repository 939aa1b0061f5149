// Objects in parts: a multipart upload belongs to a branch and a path from its beginning, and becomes an
// entry when it is completed. Blocking; any thread, but a part's Writer has one user.
//
// Uploads are records in kv (docs/design/0006-multipart-uploads.md), parts lie in the block store: both
// survive a restart. Nothing of an upload is visible before complete() has joined its parts and staged the
// entry, in this order; wherever that stops, the upload can be completed again, with the same list, or the
// entry is there and completing again answers it.
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
#include "lake/own_metadata.h"

namespace mere::lake {

struct StoredUpload;

struct MultipartOptions {
  std::string content_type;
  Metadata metadata;  // user's, and "::mere::…" of the surface's
  bool force = false;
  // The checksum that each part carries and the whole will have; nullopt: none asked for.
  std::optional<ChecksumAlgorithm> checksum{};
  ChecksumType checksum_type = ChecksumType::composite;  // full_object: only of the CRCs
};

// All three name an upload: an id is worth nothing with another path.
struct UploadName {
  BranchName branch;
  std::string path;
  std::string id;  // 32 lower-case hex digits

  std::string key() const { return branch.str() + "/" + path; }
};

struct MultipartUpload {
  UploadName name;
  MultipartOptions options;
  Timestamp started;
  block::Address address;  // where the parts are joined
  std::string store_id;    // the upload's id in the block store
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
  bool if_absent = false;  // `precondition_failed`; the upload stays
  // What the path must hold now (version::WriteOptions).
  std::optional<std::optional<std::string>> if_identity{};
  std::optional<std::uint64_t> min_part_bytes{};  // of all parts but the last
  std::string checksum{};                         // of the whole, raw, as the client knows it; "": not said
  std::optional<std::uint64_t> size_bytes{};      // of the whole, as the client knows it
  std::optional<std::string> content_type{};      // instead of what begin() was told
  std::optional<Metadata> metadata{};
};

// Which of the client's mistakes an `invalid_argument` of complete() was.
enum class CompletionMistake { none, order, part, too_small, checksum, size };

struct ListUploads {
  std::string prefix;      // of "branch/path", as all keys here
  std::string delimiter;   // any text; "": no folding
  std::string key_marker;  // only keys behind it; a common prefix: only keys behind the whole group
  std::string id_marker;   // with a key_marker: also that key's uploads whose ids are greater
  std::size_t amount = 1000;
};
struct UploadsPage {
  std::vector<MultipartUpload> uploads;      // by key, then id
  std::vector<std::string> common_prefixes;  // a group counts as one of `amount`
  bool has_more = false;
  std::string next_key_marker;  // of the last one answered
  std::string next_id_marker;   // "" if that is a common prefix
};

class Multiparts {
 public:
  // All outlive this.
  Multiparts(version::Engine& engine, kv::Store& state, block::Store& store, const Clock& clock,
             Random& random);

  // `not_found` (branch), permission errors of a read-only repository; protection is checked at completion.
  Result<MultipartUpload> begin(const Repository& repository, const BranchName& branch, std::string_view path,
                                const MultipartOptions& options);
  // `not_found` if there is none, or it is finished. One look-up of kv.
  Result<MultipartUpload> find(const Repository& repository, const UploadName& name) const;

  // The bytes of one part; its finish() makes it durable, and fails if the upload is finished by then. The
  // later of two with a number stays. `number`: 1..10000, else invalid_argument.
  Result<std::unique_ptr<block::Writer>> part(const MultipartUpload& upload, int number);
  // A piece of another object as a part: read and written again. Its
  // checksum is kept, if the upload has them. Errors: `gone` if the source ends early.
  Result<block::Written> copy_part(const Repository& repository, const MultipartUpload& upload, int number,
                                   const block::Reader& source, std::uint64_t offset, std::uint64_t length);
  // Keeps a part's checksum beside it, durably, for completion and lists.
  Status keep_checksum(const Repository& repository, const MultipartUpload& upload, int number,
                       std::string_view etag, std::string_view checksum);

  // In order of numbers, behind `marker`, at most `amount`.
  Result<version::Page<UploadedPart>> parts(const Repository& repository, const MultipartUpload& upload,
                                            int marker, std::size_t amount) const;
  Result<UploadsPage> list(const Repository& repository, const ListUploads& request) const;

  // The entry, staged and durable. Its checksum is the 32 hex digits of the MD5 of the parts' MD5s; its
  // metadata says how many there were, and the checksum of the whole (own_metadata.h). Completing again with
  // the same list answers the same entry for an hour. Errors: `not_found` (upload, or branch),
  // `invalid_argument` (`mistake` says which), `conflict` while a completion with another list is under way
  // or half done, those of Entries::put. An upload whose parts were joined when its entry was refused takes
  // no more parts, but can be completed later.
  Result<tree::Entry> complete(const Repository& repository, const UploadName& name,
                               const std::vector<CompletedPart>& parts, const CompleteOptions& options,
                               CompletionMistake* mistake = nullptr);
  // The parts go. Bytes that were joined stay for garbage collection: an entry may refer to them.
  // `not_found`.
  Status abort(const Repository& repository, const UploadName& name);

  // Aborts the uploads that nobody has touched for `abandoned_after`, and at once those whose repository is
  // gone; forgets what completed ones answered. Answers how many were aborted. What fails is logged and
  // tried the next time.
  Result<std::size_t> expire(std::chrono::seconds abandoned_after);

 private:
  struct Read;
  Result<Read> read(const Repository& repository, const UploadName& name) const;
  Result<Read> start_joining(const Repository& repository, Read upload,
                             const std::vector<CompletedPart>& parts, const CompleteOptions& options,
                             CompletionMistake& mistake);
  Status join(const Read& upload, const std::vector<CompletedPart>& parts, CompletionMistake& mistake);
  Status link(const Repository& repository, const StoredUpload& upload, const CompleteOptions& options);
  Status forget(const std::string& key, const std::string& bytes, const StoredUpload& upload);
  Result<bool> expire_one(const std::string& key, const std::string& bytes,
                          std::chrono::seconds abandoned_after);

  version::Engine& engine_;
  kv::Store& state_;
  block::Store& store_;
  const Clock& clock_;
  Random& random_;
  AddressGenerator addresses_;
};

}  // namespace mere::lake

// Uploads that nobody will finish.
#include "base/log.h"
#include "lake/multipart_access.h"

namespace mere::lake {
namespace {

constexpr std::size_t kBatch = 256;
constexpr auto kKeepCompleted = std::chrono::hours(1);

}  // namespace

Result<std::size_t> Multiparts::expire(std::chrono::seconds abandoned_after) {
  std::size_t aborted = 0;
  std::string from(kUploads);
  while (true) {
    std::vector<std::pair<std::string, std::string>> batch;
    {
      const auto cursor = state_.scan(kUploads);
      for (cursor->seek(from); cursor->valid() && batch.size() < kBatch; cursor->next())
        batch.emplace_back(cursor->key(), cursor->value());
      RETURN_IF_ERROR(cursor->status());
    }
    if (batch.empty()) return aborted;
    for (const auto& [key, bytes] : batch) {
      const auto expired = expire_one(key, bytes, abandoned_after);
      if (expired) {
        aborted += *expired ? 1 : 0;
      } else if (expired.error().code != Code::conflict) {  // conflict: somebody goes on with it
        log::warn("an abandoned upload stays", {{"error", expired.error().message}});
      }
    }
    from = batch.back().first + '\0';
  }
}

// True if it was aborted.
Result<bool> Multiparts::expire_one(const std::string& key, const std::string& bytes,
                                    std::chrono::seconds abandoned_after) {
  ASSIGN_OR_RETURN(const StoredUpload stored, decode_upload(bytes));
  const Timestamp now = clock_.now();
  if (stored.state == UploadState::completed) {
    if (now - stored.completed_at >= kKeepCompleted) {
      RETURN_IF_ERROR(forget(key, bytes, stored));
    }
    return false;
  }

  const auto repository = engine_.repositories.get(RepositoryName(stored.repository));
  const bool is_gone =
      repository ? repository->instance_uid != stored.instance_uid
                 : repository.error().code == Code::not_found || repository.error().code == Code::gone;
  if (!is_gone) {
    if (!repository) return repository.error();
    Timestamp touched = stored.upload.started;
    if (now - touched < abandoned_after) return false;
    const auto parts = store_.list_parts(stored.upload.address, stored.upload.store_id);
    if (!parts && parts.error().code != Code::not_found) return parts.error();
    if (parts) {
      for (const block::Part& part : *parts) touched = std::max(touched, part.last_modified);
    }
    if (now - touched < abandoned_after) return false;
  }
  RETURN_IF_ERROR(forget(key, bytes, stored));
  return true;
}

}  // namespace mere::lake

// The uploads of a repository, in order of their keys: one seek, and a walk that skips folded groups.
#include "lake/multipart_access.h"

namespace mere::lake {
namespace {

constexpr std::size_t kMaxKeyBytes = 3200;  // "branch/path": longer prefixes and markers match nothing

// Behind every id that a key can have, and before every longer key that has no NUL.
constexpr std::string_view kBehindIds{"\0g", 2};

// The group that `key` is folded into; empty if it stands for itself.
std::string_view group_of(std::string_view key, const ListUploads& request) {
  if (request.delimiter.empty()) return {};
  const std::size_t at = key.find(request.delimiter, request.prefix.size());
  return at == std::string_view::npos ? std::string_view() : key.substr(0, at + request.delimiter.size());
}

// The first text that is greater than all with this prefix; empty if there is none.
std::string behind_all(std::string_view prefix) {
  std::string text(prefix);
  while (!text.empty() && static_cast<unsigned char>(text.back()) == 0xff) text.pop_back();
  if (!text.empty()) text.back() = static_cast<char>(text.back() + 1);
  return text;
}

// Where the page begins; the prefix itself if there is no marker that matters.
std::string first_key(const ListUploads& request) {
  const std::string& marker = request.key_marker;
  if (marker.empty() || marker < request.prefix) return request.prefix;
  if (marker.starts_with(request.prefix) && group_of(marker, request) == marker) return behind_all(marker);
  if (request.id_marker.empty()) return marker + std::string(kBehindIds);
  return (marker + '\0' + request.id_marker).append(1, '\0');
}

}  // namespace

Result<UploadsPage> Multiparts::list(const Repository& repository, const ListUploads& request) const {
  UploadsPage page;
  if (request.prefix.size() > kMaxKeyBytes || request.key_marker.size() > kMaxKeyBytes) return page;
  if (request.id_marker.size() > kUploadIdDigits) return page;
  const std::string folder = uploads_of(repository.instance_uid);
  const auto cursor = state_.scan(folder + request.prefix);
  if (const std::string first = first_key(request); first > request.prefix) cursor->seek(folder + first);

  const std::size_t tail = 1 + kUploadIdDigits;
  while (cursor->valid()) {
    const std::string_view whole = cursor->key().substr(folder.size());
    if (whole.size() <= tail) return Error{Code::corrupt, "the key of a stored upload does not parse"};
    const std::string_view key = whole.substr(0, whole.size() - tail);
    ASSIGN_OR_RETURN(StoredUpload stored, decode_upload(cursor->value()));
    if (stored.state == UploadState::completed) {
      cursor->next();
      continue;
    }
    if (page.uploads.size() + page.common_prefixes.size() == request.amount) {
      page.has_more = true;
      break;
    }
    if (const std::string group(group_of(key, request)); !group.empty()) {
      page.common_prefixes.push_back(group);
      page.next_key_marker = group;
      page.next_id_marker.clear();
      const std::string next = behind_all(group);
      if (next.empty()) break;
      cursor->seek(folder + next);
      continue;
    }
    page.next_key_marker = key;
    page.next_id_marker = stored.upload.name.id;
    page.uploads.push_back(std::move(stored.upload));
    cursor->next();
  }
  RETURN_IF_ERROR(cursor->status());
  if (!page.has_more) {
    page.next_key_marker.clear();
    page.next_id_marker.clear();
  }
  return page;
}

}  // namespace mere::lake

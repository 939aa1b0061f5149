#include "s3/version_page.h"

#include <algorithm>

namespace mere::s3 {

VersionPage::VersionPage(VersionPageRequest request)
    : request_(std::move(request)), start_(std::max(request_.prefix, request_.key_marker)) {}

void VersionPage::add(std::string_view path, ObjectVersion version) {
  if (!path.starts_with(request_.prefix)) return;
  const std::string& marker = request_.key_marker;
  if (!request_.delimiter.empty()) {
    const auto end = path.find(request_.delimiter, request_.prefix.size());
    if (end != path.npos) {
      std::string group(path.substr(0, end + request_.delimiter.size()));
      if (!marker.empty() && (group <= marker || marker.starts_with(group))) return;
      items_.try_emplace(Place{std::move(group), 0}, std::nullopt);
      if (items_.size() > request_.amount + 1) items_.erase(std::prev(items_.end()));
      return;
    }
  }
  if (!marker.empty() && path <= marker) {
    if (path != marker || request_.version_marker.empty()) return;
    if (!marker_seen_) {
      marker_seen_ = version.id == request_.version_marker;
      return;
    }
  }
  items_.try_emplace(Place{std::string(path), ++age_}, std::move(version));
  if (items_.size() > request_.amount + 1) items_.erase(std::prev(items_.end()));
}

bool VersionPage::is_settled() const {
  if (request_.amount == 0) return true;
  return items_.size() > request_.amount && items_.rbegin()->first.first == request_.prefix;
}

std::pair<std::vector<VersionPage::Item>, bool> VersionPage::finish() {
  std::vector<Item> items;
  std::string_view previous = request_.key_marker;  // whose latest version was on an earlier page
  for (auto& [place, version] : items_) {
    if (items.size() == request_.amount) return {std::move(items), true};
    const bool is_latest = version.has_value() && place.first != previous;
    items.push_back({place.first, is_latest, std::move(version)});
    previous = place.first;
  }
  return {std::move(items), false};
}

}  // namespace mere::s3

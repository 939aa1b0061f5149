#include "s3/addressing.h"

#include "base/encoding.h"
#include "base/text.h"

namespace mere::s3 {
namespace {

// Takes what stands before the first '/' off `rest`, and the '/' too.
std::string_view take_part(std::string_view& rest) {
  const std::string_view part = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

}  // namespace

std::string host_name(std::string_view host) {
  if (host.starts_with('[')) {  // an IPv6 address: its colons are no port's
    host = host.substr(0, host.find(']'));
  } else {
    host = host.substr(0, host.find(':'));
  }
  return ascii_lower(host);
}

HostMatch match_host(std::string_view host, const std::vector<std::string>& domain_names) {
  const std::string name = host_name(host);
  for (const std::string& domain : domain_names) {
    if (name == domain) return {true, ""};
    if (name.size() > domain.size() + 1 && name.ends_with(domain) &&
        name[name.size() - domain.size() - 1] == '.') {
      return {true, name.substr(0, name.size() - domain.size() - 1)};
    }
  }
  return {};
}

std::optional<Target> parse_target(std::string_view host, std::string_view encoded_path,
                                   const std::vector<std::string>& domain_names) {
  const std::optional<std::string> path = percent_decode(encoded_path);
  if (!path || !is_valid_utf8(*path)) return std::nullopt;
  std::string_view rest = *path;
  if (rest.starts_with('/')) rest.remove_prefix(1);

  Target target;
  target.repository = match_host(host, domain_names).below;
  target.in_host = !target.repository.empty();
  if (!target.in_host) target.repository = take_part(rest);
  if (target.repository.empty()) return target;
  target.level = Level::bucket;
  if (rest.empty()) return target;
  target.ref = take_part(rest);
  target.path = rest;
  target.level = target.ref.empty() || target.path.empty() ? Level::ref : Level::object;
  return target;
}

Key parse_key(std::string_view key) {
  if (key.starts_with('/')) key.remove_prefix(1);
  const std::string_view ref = take_part(key);
  return {std::string(ref), std::string(key)};
}

std::optional<Query> Query::parse(std::string_view text) {
  auto pairs = http::parse_query(text);
  if (!pairs) return std::nullopt;
  Query query;
  query.pairs_ = *std::move(pairs);
  return query;
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view Query::get(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

std::optional<std::string> Query::optional(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

}  // namespace mere::s3

// What a request is about: a repository, a ref and a path, from its host and its target
// (contract: S3 gateway, section 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace mere::s3 {

// How much of repository, ref and path a request names. `ref`: no path behind it, so neither a bucket nor an
// object in S3's words.
enum class Level { service, bucket, ref, object };

struct Target {
  Level level = Level::service;
  std::string repository;
  std::string ref;
  std::string path;      // nothing is normalised: "a//b", "../x" and a trailing '/' are names like others
  bool in_host = false;  // the host named the repository: "repo.s3.example.com"

  // The key in S3's words: "ref/path".
  std::string key() const { return ref + "/" + path; }
};

// nullopt: the path's percent-encoding is broken, or it is no UTF-8. `domain_names`: lower case.
std::optional<Target> parse_target(std::string_view host, std::string_view encoded_path,
                                   const std::vector<std::string>& domain_names);

// "ref/path", one '/' before it tolerated, as copy sources' keys and deletion lists name objects.
struct Key {
  std::string ref;
  std::string path;  // may be empty
};
Key parse_key(std::string_view key);

// The parameters of a query, decoded; the first of a name counts.
class Query {
 public:
  // nullopt: a broken percent-encoding.
  static std::optional<Query> parse(std::string_view query);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const std::string* find(std::string_view name) const;  // null if absent
  std::string_view get(std::string_view name) const;     // "" if absent
  std::optional<std::string> optional(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// A host as it is compared: without its port, lower case.
std::string host_name(std::string_view host);
// Equal to one of the domains or a sub-domain of one; the sub-domain is in `below` ("" for the domain
// itself).
struct HostMatch {
  bool is_ours = false;
  std::string below;
};
HostMatch match_host(std::string_view host, const std::vector<std::string>& domain_names);

}  // namespace mere::s3

#include "block/azure_signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time_format.h"

namespace mere::block {
namespace {

// From which on a signature has a line for the encryption scope, and three for whose rights are checked.
constexpr std::string_view kScopeVersion = "2020-12-06";
constexpr std::string_view kRightsVersion = "2020-02-10";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "x-ms-…:value\n" of each, by name.
std::string canonical_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers) {
    std::string key = ascii_lower(name);
    if (key.starts_with("x-ms-")) sorted[std::move(key)] = trimmed(value);
  }
  std::string text;
  for (const auto& [name, value] : sorted) text += name + ":" + value + "\n";
  return text;
}

std::string canonical_resource(std::string_view account, std::string_view path, const AzureQuery& query) {
  std::map<std::string, std::vector<std::string>> sorted;
  for (const auto& [name, value] : query) sorted[ascii_lower(name)].push_back(value);
  std::string text = "/" + std::string(account) + std::string(path);
  for (auto& [name, values] : sorted) {
    std::sort(values.begin(), values.end());
    text += "\n" + name + ":" + fmt::format("{}", fmt::join(values, ","));
  }
  return text;
}

std::string sign(const AzureKey& key, std::string_view text) {
  return to_base64(hmac_sha256(key.key, text));
}

// Both signatures of a blob's URL end so: addresses, protocol, version, kind of resource, snapshot,
// encryption scope (which older versions do not have), and the headers that the answer shall have: cache
// control, disposition, encoding, language, type.
std::string end_of_blob_sas(const AzureSas& sas, std::string_view protocol) {
  const std::string_view scope = sas.version < kScopeVersion ? "" : "\n";
  return fmt::format("\n{}\n{}\nb\n\n{}\n{}\n\n\n", protocol, sas.version, scope, sas.content_disposition);
}

void add_unless_empty(AzureQuery& query, std::string name, const std::string& value) {
  if (!value.empty()) query.emplace_back(std::move(name), value);
}

}  // namespace

std::string azure_time(Timestamp time) {
  time.nanos = 0;
  return to_rfc3339(time);
}

std::string azure_string_to_sign(std::string_view account, std::string_view method, std::string_view path,
                                 const AzureQuery& query, const http::Headers& headers,
                                 std::optional<std::uint64_t> content_length) {
  std::string text(method);
  const auto line = [&](std::string_view value) {
    text += '\n';
    text += value;
  };
  line(headers.get("Content-Encoding"));
  line(headers.get("Content-Language"));
  line(content_length.value_or(0) == 0 ? std::string() : std::to_string(*content_length));
  line(headers.get("Content-MD5"));
  line(headers.get("Content-Type"));
  line("");  // Date: x-ms-date stands for it
  line(headers.get("If-Modified-Since"));
  line(headers.get("If-Match"));
  line(headers.get("If-None-Match"));
  line(headers.get("If-Unmodified-Since"));
  line(headers.get("Range"));
  text += '\n';
  return text + canonical_headers(headers) + canonical_resource(account, path, query);
}

std::string azure_authorization(const AzureKey& key, std::string_view method, std::string_view path,
                                const AzureQuery& query, const http::Headers& headers,
                                std::optional<std::uint64_t> content_length) {
  return "SharedKey " + key.account + ":" +
         sign(key, azure_string_to_sign(key.account, method, path, query, headers, content_length));
}

AzureQuery azure_blob_sas(const AzureKey& key, std::string_view container, std::string_view blob,
                          const AzureSas& sas) {
  const std::string expires = azure_time(sas.expires);
  const std::string protocol = sas.https_only ? "https" : "https,http";
  // Permissions, start, expiry, resource, identifier.
  const std::string text =
      fmt::format("{}\n\n{}\n/blob/{}/{}/{}\n\n", sas.permissions, expires, key.account, container, blob) +
      end_of_blob_sas(sas, protocol);
  AzureQuery query{{"sv", std::string(sas.version)},
                   {"spr", protocol},
                   {"se", expires},
                   {"sr", "b"},
                   {"sp", sas.permissions}};
  add_unless_empty(query, "rscd", sas.content_disposition);
  query.emplace_back("sig", sign(key, text));
  return query;
}

AzureQuery azure_blob_sas(const AzureDelegationKey& key, std::string_view account, std::string_view container,
                          std::string_view blob, const AzureSas& sas) {
  const std::string expires = azure_time(sas.expires);
  const std::string protocol = sas.https_only ? "https" : "https,http";
  // As above, but for the identifier: object, tenant, start, end, service and version of the key, then (not
  // in older versions) whose rights are checked, by whom, and an id for the logs.
  const std::string text =
      fmt::format("{}\n\n{}\n/blob/{}/{}/{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", sas.permissions, expires, account,
                  container, blob, key.object_id, key.tenant_id, key.starts, key.ends, key.service,
                  key.version, sas.version < kRightsVersion ? "" : "\n\n\n") +
      end_of_blob_sas(sas, protocol);
  AzureQuery query{{"sv", std::string(sas.version)},
                   {"spr", protocol},
                   {"se", expires},
                   {"sr", "b"},
                   {"sp", sas.permissions},
                   {"skoid", key.object_id},
                   {"sktid", key.tenant_id},
                   {"skt", key.starts},
                   {"ske", key.ends},
                   {"sks", key.service},
                   {"skv", key.version}};
  add_unless_empty(query, "rscd", sas.content_disposition);
  query.emplace_back("sig", to_base64(hmac_sha256(key.key, text)));
  return query;
}

AzureQuery azure_account_sas(const AzureKey& key, const AzureSas& sas) {
  const std::string expires = azure_time(sas.expires);
  const std::string protocol = sas.https_only ? "https" : "https,http";
  // Account, permissions, services (blob), kinds of resource (service, container, object), start, expiry,
  // addresses, protocol, version, encryption scope.
  const std::string text = fmt::format("{}\n{}\nb\nsco\n\n{}\n\n{}\n{}\n\n", key.account, sas.permissions,
                                       expires, protocol, kAzureVersion);
  return {{"sv", std::string(kAzureVersion)},
          {"ss", "b"},
          {"srt", "sco"},
          {"sp", sas.permissions},
          {"se", expires},
          {"spr", protocol},
          {"sig", sign(key, text)}};
}

std::string encode_azure_query(const AzureQuery& query) {
  std::string encoded;
  for (const auto& [name, value] : query) {
    if (!encoded.empty()) encoded += '&';
    encoded += percent_encode(name) + "=" + percent_encode(value);
  }
  return encoded;
}

}  // namespace mere::block

// Settings of buckets that a repository never has: what S3 answers where nothing is set, so that tools which
// ask before they act go on. Setting one is refused (operations.cpp); deleting what is not set succeeds.
#include <algorithm>
#include <array>

#include "base/xml.h"
#include "s3/operations.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

// Either what is missing, as an error, or the empty document.
struct Setting {
  std::string_view resource;
  std::string_view missing;  // code of the error; "": there is a document
  std::string_view root;
  std::string_view content;  // inside the root
};

constexpr std::string_view kNoPages = "<IsTruncated>false</IsTruncated>";

constexpr auto kSettings = std::to_array<Setting>({
    {"accelerate", "", "AccelerateConfiguration", ""},
    {"analytics", "", "ListBucketAnalyticsConfigurationResult", kNoPages},
    {"encryption", "ServerSideEncryptionConfigurationNotFoundError", "", ""},
    {"intelligent-tiering", "", "ListBucketIntelligentTieringConfigurationsOutput", kNoPages},
    {"inventory", "", "ListInventoryConfigurationsResult", kNoPages},
    {"lifecycle", "NoSuchLifecycleConfiguration", "", ""},
    {"logging", "", "BucketLoggingStatus", ""},
    {"metrics", "", "ListMetricsConfigurationsResult", kNoPages},
    {"notification", "", "NotificationConfiguration", ""},
    {"object-lock", "ObjectLockConfigurationNotFoundError", "", ""},
    // Who may do something is asked of the lake's users and policies: lists of access have no say.
    {"ownershipControls", "", "OwnershipControls",
     "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"},
    {"policy", "NoSuchBucketPolicy", "", ""},
    {"policyStatus", "", "PolicyStatus", "<IsPublic>false</IsPublic>"},
    {"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration", "", ""},
    {"replication", "ReplicationConfigurationNotFoundError", "", ""},
    {"requestPayment", "", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"},
    {"tagging", "NoSuchTagSet", "", ""},
    {"website", "NoSuchWebsiteConfiguration", "", ""},
});

const Setting* setting_of(const Query& query) {
  const auto at =
      std::ranges::find_if(kSettings, [&](const Setting& one) { return query.has(one.resource); });
  return at == kSettings.end() ? nullptr : &*at;
}

}  // namespace

bool names_bucket_setting(const Query& query) {
  return setting_of(query) != nullptr;
}

http::Response get_bucket_setting(Call& call) {
  const Setting* setting = setting_of(call.query);
  if (setting == nullptr) return error_reply(call, "NotImplemented");
  if (!setting->missing.empty()) return error_reply(call, setting->missing);
  // Of those that are listed, one that is named is missing.
  if (setting->content == kNoPages && call.query.has("id")) return error_reply(call, "NoSuchConfiguration");
  std::string document;
  XmlWriter xml(document);
  xml.open(setting->root, kXmlNamespace);
  document += setting->content;
  xml.close();
  return xml_reply(std::move(document));
}

http::Response delete_bucket_setting(Call&) {
  return empty_reply(204);
}

}  // namespace mere::s3

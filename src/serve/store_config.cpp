#include "serve/store_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <iterator>
#include <set>
#include <utility>

#include "serve/s3_keys.h"
#include "serve/setters.h"

namespace mere::serve {
namespace {

std::vector<StoreKey> general_keys() {
  return {
      {"blockstore.type", "where objects lie: local, s3, azure, gs or mem",
       one_of("blockstore.type", &StoreConfig::type, {"local", "s3", "azure", "gs", "mem"})},
      {"blockstore.default_namespace_prefix", "suggested to who makes a repository",
       text(&StoreConfig::default_namespace_prefix)},
  };
}

std::vector<StoreKey> local_keys() {
  using lake::PresignSettings;
  const auto links = [](Setter<PresignSettings> set) { return within(&StoreConfig::links, std::move(set)); };
  return {
      {"blockstore.local.path", "folder of the objects", text(&StoreConfig::local_path)},
      {"blockstore.local.import_enabled", "allow imports from local folders",
       flag("blockstore.local.import_enabled", &StoreConfig::import_enabled)},
      {"blockstore.local.import_hidden", "import files whose names begin with '.' too",
       flag("blockstore.local.import_hidden", &StoreConfig::import_hidden)},
      {"blockstore.local.allowed_external_prefixes", "folders outside the lake that imports may read",
       list(&StoreConfig::allowed_external_prefixes)},
      {"blockstore.local.disable_pre_signed", "hand out no pre-signed URLs, which are links to this server",
       links(switch_off("blockstore.local.disable_pre_signed", &PresignSettings::links))},
      {"blockstore.local.disable_pre_signed_multipart", "none for uploads in parts",
       links(switch_off("blockstore.local.disable_pre_signed_multipart", &PresignSettings::links_multipart))},
      {"blockstore.local.disable_pre_signed_ui", "none to the web pages",
       links(switch_off("blockstore.local.disable_pre_signed_ui", &PresignSettings::in_ui))},
      {"blockstore.local.pre_signed_expiry", "how long pre-signed URLs live",
       links(duration("blockstore.local.pre_signed_expiry", &PresignSettings::expiry))},
      {"blockstore.local.pre_signed_max_bytes", "larger bodies sent to pre-signed URLs are answered 413",
       links(number<std::uint64_t>("blockstore.local.pre_signed_max_bytes", &PresignSettings::max_put_bytes,
                                   0, 1ull << 50))},
  };
}

std::vector<StoreKey> azure_keys() {
  using block::AzureOptions;
  const auto azure = [](Setter<AzureOptions> set) { return within(&StoreConfig::azure, std::move(set)); };
  const auto urls = [](Setter<lake::PresignSettings> set) {
    return within(&StoreConfig::azure_urls, std::move(set));
  };
  return {
      {"blockstore.azure.storage_account", "the storage account", azure(text(&AzureOptions::account))},
      {"blockstore.azure.storage_access_key",
       "its access key, in base64 as the portal shows it; with neither it nor a SAS, the identity of this "
       "server",
       azure(text(&AzureOptions::access_key))},
      {"blockstore.azure.sas_token", "a SAS of the account instead of its key: sv=…&sig=…",
       azure(text(&AzureOptions::sas))},
      {"blockstore.azure.domain", "of the account's addresses: blob.core.windows.net",
       [](StoreConfig& store, const std::string& value) -> Status {
         if (!value.empty()) store.azure.domain = value;
         return {};
       }},
      {"blockstore.azure.china_cloud", "use the domain of Azure China",
       [](StoreConfig& store, const std::string& value) -> Status {
         struct Answer {
           bool yes = false;
         } answer;
         RETURN_IF_ERROR(flag("blockstore.azure.china_cloud", &Answer::yes)(answer, value));
         if (!answer.yes) return {};
         store.azure.domain = "blob.core.chinacloudapi.cn";
         store.azure.identity.authority = "https://login.chinacloudapi.cn";
         return {};
       }},
      {"blockstore.azure.test_endpoint_url", "an emulator's address, with the account in its path",
       azure(text(&AzureOptions::endpoint))},
      {"blockstore.azure.ca_file",
       "PEM file of the authorities that sign the service's certificate, instead of the system's",
       azure(within(&AzureOptions::http, text(&http::ClientOptions::ca_file)))},
      {"blockstore.azure.try_timeout", "time for an attempt of a request to be answered",
       azure(within(&AzureOptions::requests,
                    duration("blockstore.azure.try_timeout", &block::RemoteOptions::attempt_time)))},
      {"blockstore.azure.disable_pre_signed", "hand out no pre-signed URLs",
       azure(switch_off("blockstore.azure.disable_pre_signed", &AzureOptions::presign))},
      {"blockstore.azure.disable_pre_signed_multipart", "none for the parts of uploads",
       azure(switch_off("blockstore.azure.disable_pre_signed_multipart", &AzureOptions::presign_multipart))},
      {"blockstore.azure.disable_pre_signed_ui", "none to the web pages",
       urls(switch_off("blockstore.azure.disable_pre_signed_ui", &lake::PresignSettings::in_ui))},
      {"blockstore.azure.pre_signed_expiry", "how long pre-signed URLs live",
       urls(duration("blockstore.azure.pre_signed_expiry", &lake::PresignSettings::expiry))},
  };
}

std::vector<StoreKey> gs_keys() {
  using block::GcsCredentialOptions;
  using block::GcsOptions;
  const auto gs = [](Setter<GcsOptions> set) { return within(&StoreConfig::gs, std::move(set)); };
  const auto urls = [](Setter<lake::PresignSettings> set) {
    return within(&StoreConfig::gs_urls, std::move(set));
  };
  const auto credentials = [gs](std::string GcsCredentialOptions::* field) {
    return gs(within(&GcsOptions::credentials, text(field)));
  };
  const auto data_credentials = [gs](std::string GcsCredentialOptions::* field) {
    return gs(within(&GcsOptions::data_credentials, text(field)));
  };
  return {
      {"blockstore.gs.credentials_file", "file of a service account's key; else Google's usual places",
       credentials(&GcsCredentialOptions::file)},
      {"blockstore.gs.credentials_json", "the same as text", credentials(&GcsCredentialOptions::json)},
      {"blockstore.gs.data_credentials_file",
       "file of another account's key, for all but the lake's own metadata; else the one above",
       data_credentials(&GcsCredentialOptions::file)},
      {"blockstore.gs.data_credentials_json", "the same as text",
       data_credentials(&GcsCredentialOptions::json)},
      {"blockstore.gs.hmac_access_id", "an HMAC key that signs URLs where the credentials cannot",
       credentials(&GcsCredentialOptions::hmac_access_id)},
      {"blockstore.gs.hmac_secret", "its secret", credentials(&GcsCredentialOptions::hmac_secret)},
      {"blockstore.gs.s3_endpoint", "where pre-signed URLs lead: https://storage.googleapis.com",
       gs(text(&GcsOptions::presign_endpoint))},
      {"blockstore.gs.test_endpoint_url",
       "an emulator's address, which is asked without credentials if none are given",
       [](StoreConfig& store, const std::string& value) -> Status {
         if (value.empty()) return {};
         store.gs.endpoint = value;
         store.gs.credentials.anonymous = true;
         return {};
       }},
      {"blockstore.gs.ca_file",
       "PEM file of the authorities that sign the service's certificate, instead of the system's",
       gs(within(&GcsOptions::http, text(&http::ClientOptions::ca_file)))},
      {"blockstore.gs.disable_pre_signed", "hand out no pre-signed URLs",
       gs(switch_off("blockstore.gs.disable_pre_signed", &GcsOptions::presign))},
      {"blockstore.gs.disable_pre_signed_ui", "none to the web pages",
       urls(switch_off("blockstore.gs.disable_pre_signed_ui", &lake::PresignSettings::in_ui))},
      {"blockstore.gs.pre_signed_expiry", "how long pre-signed URLs live",
       urls(duration("blockstore.gs.pre_signed_expiry", &lake::PresignSettings::expiry))},
      {"blockstore.gs.server_side_encryption_customer_supplied", "key of encryption, 64 hex digits",
       gs(text(&GcsOptions::customer_key))},
      {"blockstore.gs.server_side_encryption_kms_key_id", "id of a KMS key of encryption",
       gs(text(&GcsOptions::kms_key_id))},
  };
}

std::vector<StoreKey> make_store_keys() {
  std::vector<StoreKey> keys;
  for (auto part : {general_keys(), local_keys(), s3_keys(), azure_keys(), gs_keys()})
    keys.insert(keys.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  return keys;
}

Error invalid(std::string message) {
  return {Code::invalid_argument, "blockstores.stores: " + std::move(message)};
}

constexpr std::string_view kPrefix = "blockstore.";

Status set_text(StoreConfig& store, const std::string& key, const std::string& value) {
  if (key == "id") {
    store.id = value;
    return {};
  }
  if (key == "description") {
    store.description = value;
    return {};
  }
  if (key == "backward_compatible")
    return flag("backward_compatible", &StoreConfig::backward_compatible)(store, value);
  for (const StoreKey& known : store_keys()) {
    if (known.name.substr(kPrefix.size()) != key) continue;
    return known.set ? known.set(store, value) : Status();
  }
  return invalid(fmt::format("a store has no key '{}'", key));
}

Status set_node(StoreConfig& store, const YAML::Node& node, const std::string& key) {
  if (node.IsMap()) {
    for (const auto& child : node) {
      const std::string name = child.first.as<std::string>();
      RETURN_IF_ERROR(set_node(store, child.second, key.empty() ? name : key + "." + name));
    }
    return {};
  }
  if (key.empty()) return invalid("every entry is keys and values: {id: …, type: …}");
  if (!node.IsSequence()) return set_text(store, key, node.IsNull() ? "" : node.as<std::string>());
  std::string joined;
  for (const auto& item : node) {
    if (!item.IsScalar()) return invalid(fmt::format("'{}': lists hold plain values", key));
    joined += (joined.empty() ? "" : ",") + item.as<std::string>();
  }
  return set_text(store, key, joined);
}

Status check_stores(const std::vector<StoreConfig>& stores) {
  if (stores.empty()) return invalid("there must be one store at least");
  std::set<std::string> ids;
  const StoreConfig* compatible = nullptr;
  for (const StoreConfig& store : stores) {
    if (store.id.empty()) return invalid("every store needs an id");
    if (!ids.insert(store.id).second) return invalid(fmt::format("two stores have the id '{}'", store.id));
    if (store.type == "local" && store.local_path.empty())
      return invalid(fmt::format("store '{}': local.path is missing", store.id));
    if (!store.backward_compatible) continue;
    if (compatible != nullptr) {
      return invalid(
          fmt::format("'{}' and '{}' are both backward_compatible: one may be", compatible->id, store.id));
    }
    compatible = &store;
  }
  return {};
}

}  // namespace

const std::vector<StoreKey>& store_keys() {
  static const std::vector<StoreKey> keys = make_store_keys();
  return keys;
}

Result<std::vector<StoreConfig>> parse_stores(const std::string& yaml) {
  std::vector<StoreConfig> stores;
  try {
    const YAML::Node list = YAML::Load(yaml);
    if (!list.IsSequence()) return invalid("it must be a list of stores");
    for (const auto& entry : list) {
      StoreConfig& store = stores.emplace_back();
      store.type.clear();
      RETURN_IF_ERROR(set_node(store, entry, ""));
      if (store.type.empty()) return invalid(fmt::format("store '{}': type is missing", store.id));
    }
  } catch (const YAML::Exception& problem) {
    return invalid(problem.what());
  }
  RETURN_IF_ERROR(check_stores(stores));
  return stores;
}

}  // namespace mere::serve

// Objects whose bytes a client put into the store itself: addresses to put them at, and entries for them.
#include "lake/objects.h"
#include "version/names.h"

namespace mere::lake {
namespace {

constexpr std::string_view kDefaultContentType = "application/octet-stream";
constexpr std::int64_t kLinkSeconds = 24 * 3600;

// Quotes and blanks around it go: clients pass the ETag header as the store sent it.
std::string_view trimmed(std::string_view checksum) {
  constexpr std::string_view kAround = "\" \t\r\n";
  const std::size_t first = checksum.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return checksum.substr(first, checksum.find_last_not_of(kAround) - first + 1);
}

// `uri` below the namespace, in the form that users see or the plain one; nothing if it is elsewhere.
std::optional<std::string_view> below_namespace(const block::Store& store, const Repository& repository,
                                                std::string_view uri) {
  const block::Address inside = block::join(repository.storage_namespace, "x");
  for (std::string prefix : {inside.uri, store.display(inside)}) {
    prefix.pop_back();
    if (uri.starts_with(prefix)) return uri.substr(prefix.size());
  }
  return std::nullopt;
}

Status check_size(const StageRequest& request) {
  if (request.size_bytes >= 0) return {};
  return Error{Code::invalid_argument, "size_bytes must not be negative"};
}

// All of the entry but its address.
tree::Entry entry_of(const StageRequest& request, std::string_view checksum, Timestamp now) {
  return {
      .last_modified = request.mtime ? Timestamp{*request.mtime, 0} : now,
      .size_bytes = request.size_bytes,
      .checksum = std::string(checksum),
      .metadata = request.metadata,
      .content_type = request.content_type.empty() ? std::string(kDefaultContentType) : request.content_type};
}

}  // namespace

Result<LinkAddress> Objects::link_address(const Repository& repository, const BranchName& branch,
                                          std::string_view path) {
  RETURN_IF_ERROR(version::check_path(path));
  block::Address address = block::join(repository.storage_namespace, addresses_.next());
  const LinkClaim claim{repository.name.str(), branch.str(), std::string(path)};
  const std::string signature = "," + sign_link(signing_secret_, claim, address.uri);
  LinkAddress made{store_.display(address) + signature, std::move(address)};
  made.address.uri += signature;
  return made;
}

Result<tree::Entry> Objects::link(const Repository& repository, const BranchName& branch,
                                  std::string_view path, const StageRequest& request) {
  RETURN_IF_ERROR(version::check_path(path));
  const std::string_view checksum = trimmed(request.checksum);
  if (checksum.empty()) return Error{Code::invalid_argument, "checksum is required"};
  RETURN_IF_ERROR(check_size(request));
  tree::Entry entry = entry_of(request, checksum, clock_.now());

  const auto relative = below_namespace(store_, repository, request.physical_address);
  if (relative && relative->starts_with("data/")) {
    const std::size_t comma = relative->rfind(',');
    if (comma == std::string_view::npos)
      return Error{Code::invalid_argument, "address is not signed: link address invalid"};
    const std::string_view address = relative->substr(0, comma);
    const LinkClaim claim{repository.name.str(), branch.str(), std::string(path)};
    if (!verify_link(signing_secret_, claim, block::join(repository.storage_namespace, address).uri,
                     relative->substr(comma + 1))) {
      return Error{Code::invalid_argument, "invalid address signature: invalid address"};
    }
    const auto made_at = AddressGenerator::made_at(address);
    if (!made_at) return Error{Code::invalid_argument, "link address invalid"};
    if (*made_at + kLinkSeconds <= clock_.now().seconds)
      return Error{Code::invalid_argument, "link address expired"};
    entry.address = *relative;  // the signature included: the client wrote to the address it was given
    entry.address_type = tree::AddressType::relative;
  } else {
    RETURN_IF_ERROR(store_.check({request.physical_address, repository.storage_namespace.storage_id}));
    entry.address = request.physical_address;
    entry.address_type = tree::AddressType::full;
  }

  RETURN_IF_ERROR(engine_.refs.branch(repository, branch));  // put() names the branch, this does not
  auto linked = engine_.entries.put(repository, branch, path, entry,
                                    {.force = request.force, .if_absent = request.if_absent});
  if (linked) return entry;
  if (linked.error().code == Code::precondition_failed)
    return Error{Code::precondition_failed, "Precondition failed"};
  return std::move(linked).error();
}

Result<tree::Entry> Objects::stage(const Repository& repository, const BranchName& branch,
                                   std::string_view path, const StageRequest& request) {
  RETURN_IF_ERROR(version::check_path(path));
  RETURN_IF_ERROR(check_size(request));
  const block::Address given{request.physical_address, repository.storage_namespace.storage_id};
  const block::Capabilities& capabilities = store_.capabilities(repository.storage_namespace.storage_id);
  if (block::scheme_of(given) != capabilities.scheme) {
    return Error{Code::invalid_argument,
                 "physical address is not valid for block adapter: " + capabilities.type};
  }
  RETURN_IF_ERROR(store_.check(given));
  tree::Entry entry = entry_of(request, request.checksum, clock_.now());
  const auto relative = below_namespace(store_, repository, request.physical_address);
  entry.address = relative ? std::string(*relative) : request.physical_address;
  entry.address_type = relative ? tree::AddressType::relative : tree::AddressType::full;

  RETURN_IF_ERROR(engine_.refs.branch(repository, branch));
  RETURN_IF_ERROR(engine_.entries.put(repository, branch, path, entry,
                                      {.force = request.force, .if_absent = request.if_absent}));
  return entry;
}

}  // namespace mere::lake

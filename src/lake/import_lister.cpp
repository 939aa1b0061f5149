#include "lake/import_lister.h"

#include <algorithm>
#include <utility>

#include "block/parallel_list.h"
#include "version/names.h"

namespace mere::lake {

std::string as_folder(std::string path) {
  if (!path.empty() && path.back() != '/') path += '/';
  return path;
}

ImportLister::ImportLister(const block::Store& store, std::string storage_id, const ImportOptions& options,
                           TaskContext& context, RecordSorter& sorter)
    : store_(store),
      storage_id_(std::move(storage_id)),
      options_(options),
      context_(context),
      sorter_(sorter),
      hasher_(store, context, options.hash_threads,
              [this](const ImportBatch& batch) { return keep(batch); }) {}

Status ImportLister::add(const ImportLocation& location, std::uint32_t rank) {
  if (context_.cancelled()) return import_cancelled();
  if (location.type == ImportLocation::Type::object) return add_object(location, rank);
  return add_folder(location, rank);
}

Status ImportLister::add_object(const ImportLocation& location, std::uint32_t rank) {
  const block::Address address{location.path, storage_id_};
  auto properties = store_.stat(address);
  if (!properties)
    return properties.error().code == Code::not_found ? missing_source(location.path)
                                                      : std::move(properties).error();
  ImportBatch batch{.sources = {}, .rank = rank};
  batch.sources.push_back({location.destination, address, *std::move(properties)});
  return pass_on(std::move(batch));
}

Status ImportLister::add_folder(const ImportLocation& location, std::uint32_t rank) {
  const block::Address folder{as_folder(location.path), storage_id_};
  const std::string destination = as_folder(location.destination);
  std::atomic<bool> found = false;
  const auto take = [&](std::vector<block::Listed> objects) -> Status {
    found = true;
    ImportBatch batch{.sources = {}, .rank = rank};
    batch.sources.reserve(objects.size());
    for (block::Listed& listed : objects) {
      const std::string& uri = listed.address.uri;
      if (!uri.starts_with(folder.uri))
        return Error{Code::internal, "the store listed " + uri + " below " + folder.uri};
      std::string path = destination;
      path.append(uri, folder.uri.size());
      batch.sources.push_back({std::move(path), std::move(listed.address), std::move(listed.properties)});
    }
    return pass_on(std::move(batch));
  };
  const block::ParallelListOptions options{.threads = std::max<std::size_t>(1, options_.list_threads),
                                           .hidden = store_.capabilities(storage_id_).import_hidden};
  if (auto listed = block::list_in_parallel(store_, folder, options, take); !listed)
    return listed.error().code == Code::not_found ? missing_source(location.path) : std::move(listed).error();
  // Replacing a folder by nothing is hardly what was meant; most likely the source is misspelt.
  if (!found) return missing_source(location.path);
  return {};
}

Status ImportLister::pass_on(ImportBatch batch) {
  if (context_.cancelled()) return import_cancelled();
  const auto is_unknown = [](const ImportSource& source) { return source.properties.etag.empty(); };
  if (std::any_of(batch.sources.begin(), batch.sources.end(), is_unknown))
    return hasher_.add(std::move(batch));
  return keep(batch);
}

Status ImportLister::keep(const ImportBatch& batch) {
  struct Encoded {
    std::string identity;
    std::string data;
  };
  std::vector<Encoded> encoded;
  encoded.reserve(batch.sources.size());
  for (const ImportSource& source : batch.sources) {
    if (auto valid = version::check_path(source.path); !valid)
      return with_context(source.address.uri + " as " + source.path, std::move(valid).error());
    const tree::Entry entry{.address = source.address.uri,
                            .address_type = tree::AddressType::full,
                            .last_modified = source.properties.last_modified,
                            .size_bytes = static_cast<std::int64_t>(source.properties.size_bytes),
                            .checksum = source.properties.etag};
    encoded.push_back({tree::identity_of(entry), tree::encode_entry(entry)});
  }
  {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < encoded.size(); ++i)
      RETURN_IF_ERROR(sorter_.add(batch.sources[i].path, batch.rank, encoded[i].identity, encoded[i].data));
  }
  const auto added = static_cast<std::int64_t>(batch.sources.size());
  context_.report(kept_.fetch_add(added) + added);
  return {};
}

}  // namespace mere::lake

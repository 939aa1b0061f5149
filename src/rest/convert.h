// Between the lake's values and the API's, and the parts that many operations share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "api/json.h"
#include "api/types.h"
#include "base/json_writer.h"
#include "lake/entry_address.h"
#include "lake/lake.h"
#include "rest/reply.h"
#include "version/names.h"

namespace mere::rest {

using lake::AddressDisplay;
using version::BranchName;
using version::CommitId;
using version::RefExpr;
using version::RepositoryName;
using version::TagName;

inline constexpr std::int64_t kMaxPerPage = 1000;

// "argument <name>: <message>" around the error of a name or path that is not allowed.
Status check_argument(std::string_view name, Status checked);

// What is kept with an object is part of every page that shows it: at most kMaxObjectTextBytes of metadata
// and of other texts together, as headers could bring. Errors: `too_large`.
inline constexpr std::size_t kMaxObjectTextBytes = 64u << 10;
Status check_object_texts(const version::Metadata& metadata,
                          std::initializer_list<std::string_view> others = {});

// The repository by its name as it stands in the path: the name's rule first, then whether it exists.
Result<version::Repository> find_repository(const lake::Lake& lake, const std::string& name);

// `amount` as asked for: 0 and -1 mean 100.
std::size_t page_size(std::int64_t amount);
version::PageRequest page_request(std::string_view prefix, std::string_view after, std::int64_t amount);
api::Pagination pagination(bool has_more, std::size_t results, std::string_view last_key);
void write_pagination(JsonWriter& json, bool has_more, std::size_t results, std::string_view last_key);

// `store`: of which the repository is.
api::Repository to_api(const block::Store& store, const version::Repository& repository);
api::Commit to_api(const version::Commit& commit);
api::Ref to_api(const version::Branch& branch);
api::Ref to_api(const version::Tag& tag);

// The API's default for entries that have none (imports).
std::string_view content_type_of(const tree::Entry& entry);

// The metadata that is a user's, as a JSON object.
void write_user_metadata(JsonWriter& json, const version::Metadata& metadata);
bool has_user_metadata(const version::Metadata& metadata);

// How an object's metadata is shown: stat and upload show {} for none, lists leave it out.
enum class ShowMetadata { always, if_any, empty, never };
// An upload is answered with the type as it was sent, even none.
enum class ShowContentType { or_default, as_sent };
struct ShownAddress {
  std::string_view text;
  std::optional<std::int64_t> expires{};  // a presigned one: Unix seconds
};
void write_object_stats(JsonWriter& json, std::string_view path, const tree::Entry& entry,
                        const ShownAddress& physical_address, ShowMetadata metadata,
                        ShowContentType content_type = ShowContentType::or_default);
http::Response object_reply(int status, const AddressDisplay& display, std::string_view path,
                            const tree::Entry& entry, ShowMetadata metadata = ShowMetadata::always);

}  // namespace mere::rest

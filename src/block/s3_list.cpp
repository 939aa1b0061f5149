#include "block/s3_list.h"

#include <algorithm>

namespace mere::block {

Status list_s3(const S3Api& api, const Address& folder, const ListOptions& options,
               const std::function<bool(const Listed&)>& visit) {
  ASSIGN_OR_RETURN(const S3Address root, parse_s3_address(folder));
  S3ListRequest request{.bucket = root.bucket, .prefix = root.key, .delimited = options.delimited};
  if (!request.prefix.empty() && !request.prefix.ends_with('/')) request.prefix += '/';
  const std::string base = "s3://" + root.bucket + "/";
  const std::string first = base + request.prefix;
  if (options.after > first) {
    if (!options.after.starts_with(first)) return {};  // behind the folder's last address
    request.start_after = options.after.substr(base.size());
  }
  for (;;) {
    ASSIGN_OR_RETURN(S3Page page, api.list(request));
    // With a delimiter objects and folders come in lists of their own.
    const auto by_address = [](const Listed& a, const Listed& b) { return a.address < b.address; };
    if (!std::is_sorted(page.entries.begin(), page.entries.end(), by_address))
      std::sort(page.entries.begin(), page.entries.end(), by_address);
    for (Listed& listed : page.entries) {
      if (!listed.is_folder && listed.address.uri.ends_with('/')) continue;
      if (listed.address.uri <= options.after || !listed.address.uri.starts_with(first)) continue;
      listed.address.storage_id = folder.storage_id;
      if (!visit(listed)) return {};
    }
    if (page.next.empty()) return {};
    request.continuation = std::move(page.next);
  }
}

}  // namespace mere::block

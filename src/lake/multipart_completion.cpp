// From parts to an entry, in steps that can be taken again from wherever a crash stopped them:
//
//   1. the record says what is joined, and from which list      open → joining
//   2. the store joins the parts at the upload's own address    nobody sees it yet
//   3. the entry is staged
//   4. the record keeps the answer                              joining → completed
//
// Repeating 2 finds the joined bytes, repeating 3 finds the entry. Nothing is taken back: bytes that were
// joined and never linked are garbage collection's.
#include "base/log.h"
#include "lake/completion_plan.h"
#include "lake/multipart_access.h"
#include "lake/multipart_repeat.h"

namespace mere::lake {
namespace {

version::WriteOptions write_options(const StoredUpload& upload, const CompleteOptions& options) {
  return {.force = upload.upload.options.force,
          .if_absent = options.if_absent,
          .if_identity = options.if_identity};
}

// Whether the path shows what the upload made: an attempt before this one, or beside it, has staged it.
Result<bool> is_linked(const version::Engine& engine, const Repository& repository,
                       const StoredUpload& upload) {
  const MultipartUpload& what = upload.upload;
  ASSIGN_OR_RETURN(const version::Branch branch, engine.refs.branch(repository, what.name.branch));
  const auto current = engine.entries.find(
      repository, version::Resolved{.commit = branch.commit_id, .branch = branch}, what.name.path);
  if (!current && current.error().code != Code::not_found) return current.error();
  return current && current->address_type == upload.entry.address_type &&
         current->address == upload.entry.address;
}

Error busy() {
  return {Code::conflict,
          "this upload is being completed, or was half completed, with another list of parts: repeat that "
          "completion, or abort the upload"};
}

}  // namespace

Result<tree::Entry> Multiparts::complete(const Repository& repository, const UploadName& name,
                                         const std::vector<CompletedPart>& parts,
                                         const CompleteOptions& options, CompletionMistake* mistake) {
  CompletionMistake unused{};
  CompletionMistake& wrong = mistake != nullptr ? *mistake : unused;
  wrong = CompletionMistake::none;

  ASSIGN_OR_RETURN(Read upload, read(repository, name));
  const bool again = upload.stored.state != UploadState::open;
  if (again && upload.stored.list != list_digest(parts)) {
    if (upload.stored.state == UploadState::completed) return no_such_upload();
    return busy();
  }
  if (upload.stored.state == UploadState::completed) return std::move(upload.stored.entry);

  if (!again) {
    auto begun = start_joining(repository, std::move(upload), parts, options, wrong);
    if (!begun) {
      // Another completion of the same list may have been faster than this one, and is why this one is
      // refused.
      ASSIGN_OR_RETURN(upload, read(repository, name));
      if (upload.stored.state == UploadState::open || upload.stored.list != list_digest(parts))
        return std::move(begun).error();
      wrong = CompletionMistake::none;
    } else {
      upload = *std::move(begun);
    }
    if (upload.stored.state == UploadState::completed) return std::move(upload.stored.entry);
  }
  if (auto joined = join(upload, parts, wrong); !joined) {
    // Another completion of the same list may have been faster than this one.
    ASSIGN_OR_RETURN(const Read now, read(repository, name));
    if (now.stored.state == UploadState::completed && now.stored.list == upload.stored.list)
      return now.stored.entry;
    return std::move(joined).error();
  }
  RETURN_IF_ERROR(link(repository, upload.stored, options));

  // The entry is staged: whatever becomes of the record, that is the answer.
  StoredUpload done = upload.stored;
  done.state = UploadState::completed;
  done.completed_at = clock_.now();
  Status kept = kv::put(state_, upload.key, encode_upload(done), kv::Condition::equals(upload.bytes));
  if (kept) kept = erase_part_checksums(state_, done.upload);
  if (!kept && kept.error().code != Code::conflict)
    log::warn("the end of an upload could not be recorded", {{"error", kept.error().message}});
  return std::move(done.entry);
}

Result<Multiparts::Read> Multiparts::start_joining(const Repository& repository, Read upload,
                                                   const std::vector<CompletedPart>& parts,
                                                   const CompleteOptions& options,
                                                   CompletionMistake& mistake) {
  StoredUpload& stored = upload.stored;
  const auto uploaded = store_.list_parts(stored.upload.address, stored.upload.store_id);
  if (!uploaded) {
    if (uploaded.error().code == Code::not_found) return no_such_upload();
    return uploaded.error();
  }
  std::map<int, StoredPart> checksums;
  if (stored.upload.options.checksum) {
    ASSIGN_OR_RETURN(checksums, read_part_checksums(state_, stored.upload.name.id));
  }
  if (options.content_type) stored.upload.options.content_type = *options.content_type;
  if (options.metadata) stored.upload.options.metadata = *options.metadata;
  ASSIGN_OR_RETURN(tree::Entry entry,
                   plan_completion(stored.upload, parts, *uploaded, checksums, options, mistake));
  // What would be refused in the end is refused while the parts are still there.
  RETURN_IF_ERROR(engine_.entries.check_put(repository, stored.upload.name.branch, stored.upload.name.path,
                                            write_options(stored, options)));

  entry.address = stored.relative_address;
  entry.last_modified = clock_.now();
  stored.entry = std::move(entry);
  stored.list = list_digest(parts);
  stored.state = UploadState::joining;
  std::string bytes = encode_upload(stored);
  const Status written = kv::put(state_, upload.key, bytes, kv::Condition::equals(upload.bytes));
  if (!written) {
    if (written.error().code != Code::conflict) return written.error();
    // Somebody else was faster: their completion is joined if it is the same, as is one that is repeated.
    ASSIGN_OR_RETURN(Read now, read(repository, stored.upload.name));
    if (now.stored.list != stored.list) return busy();
    return now;
  }
  upload.bytes = std::move(bytes);
  return upload;
}

Status Multiparts::join(const Read& upload, const std::vector<CompletedPart>& parts,
                        CompletionMistake& mistake) {
  const MultipartUpload& what = upload.stored.upload;
  std::vector<block::Part> list;
  for (const CompletedPart& part : parts) list.push_back({.number = part.number, .etag = part.etag});
  auto joined = store_.complete_upload(what.address, what.store_id, list);
  if (joined) {
    if (joined->size_bytes == static_cast<std::uint64_t>(upload.stored.entry.size_bytes)) return {};
    return Error{Code::conflict,
                 "a part was replaced while this upload was completed: abort the upload and begin another"};
  }
  const Code code = joined.error().code;
  if (code != Code::not_found && code != Code::invalid_argument) return std::move(joined).error();

  // The store knows the upload no longer, or not these parts: were they joined before?
  const auto there = store_.stat(what.address);
  if (there && there->size_bytes == static_cast<std::uint64_t>(upload.stored.entry.size_bytes)) return {};
  if (!there && there.error().code != Code::not_found) return there.error();
  if (code == Code::not_found) return no_such_upload();
  // A part was replaced since the list was looked at. Nothing is joined, so another list may be tried.
  StoredUpload reopened = upload.stored;
  reopened.state = UploadState::open;
  RETURN_IF_ERROR(kv::put(state_, upload.key, encode_upload(reopened), kv::Condition::equals(upload.bytes)));
  mistake = CompletionMistake::part;
  return std::move(joined).error();
}

Status Multiparts::link(const Repository& repository, const StoredUpload& upload,
                        const CompleteOptions& options) {
  // An earlier attempt may have staged it, or one at the same time: the conditions were judged then.
  ASSIGN_OR_RETURN(const bool linked, is_linked(engine_, repository, upload));
  if (linked) return {};
  const MultipartUpload& what = upload.upload;
  Status put = engine_.entries.put(repository, what.name.branch, what.name.path, upload.entry,
                                   write_options(upload, options));
  if (put || put.error().code != Code::precondition_failed) return put;
  ASSIGN_OR_RETURN(const bool linked_meanwhile, is_linked(engine_, repository, upload));
  if (linked_meanwhile) return {};
  return put;
}

Result<bool> has_completed(const Lake& lake, const Repository& repository, const UploadName& name,
                           const std::vector<CompletedPart>& parts) {
  if (!is_upload_id(name.id)) return false;
  ASSIGN_OR_RETURN(const auto bytes, lake.state.get(upload_key(repository.instance_uid, name)));
  if (!bytes) return false;
  ASSIGN_OR_RETURN(const StoredUpload upload, decode_upload(*bytes));
  if (upload.state == UploadState::open || upload.list != list_digest(parts)) return false;
  if (upload.state == UploadState::completed) return true;
  return is_linked(lake.engine, repository, upload);
}

}  // namespace mere::lake

// Finding what a request names, and what S3 calls the errors of it.
#pragma once

#include <string_view>

#include "s3/context.h"
#include "s3/outcome.h"
#include "tree/types.h"
#include "version/types.h"

namespace mere::s3 {

// Of a read: a missing ref is a missing key; bytes that are gone are `NoSuchVersion`.
S3Error read_error(const Error& error);
// Of a write: a missing branch is a missing bucket.
S3Error write_error(const Error& error);

// The entry that a read is about: as the ref shows it, or with versionId as that commit does.
Outcome<tree::Entry> find_object(const Call& call);
// The ref that a write is about: `NoSuchBucket` for what cannot be a branch, `KeyTooLongError`.
Outcome<version::BranchName> branch_to_write(const Call& call);
// The entry of a branch with its uncommitted changes, whatever tags and commits are named alike.
Result<tree::Entry> find_on_branch(const Call& call, const version::BranchName& branch,
                                   std::string_view path);

// What x-amz-copy-source names, of any repository: its conditions hold. `NoSuchKey`, `InvalidArgument`,
// `PreconditionFailed`.
struct CopySource {
  version::Repository repository;
  tree::Entry entry;
};
Outcome<CopySource> find_copy_source(const Call& call);

}  // namespace mere::s3

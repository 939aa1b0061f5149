// Where the state of versioning lies in kv::Store. One place, so that no two kinds of record collide.
// Drawn in docs/design/0002-state-layout.md.
#pragma once

#include <string>
#include <string_view>

#include "version/types.h"

namespace mere::version::keys {

inline constexpr std::string_view kRepositories = "repos/";  // + name            → Repository
std::string repository(const RepositoryName& name);

// All records of one repository instance: "r/<instance_uid>/" + kind + "/" + …
inline constexpr std::string_view kBranches = "branches";
inline constexpr std::string_view kCommits = "commits";
inline constexpr std::string_view kTags = "tags";
std::string all_of_repository(const Repository& repository);                        // "r/<uid>/"
std::string of_repository(const Repository& repository, std::string_view kind);     // "r/<uid>/<kind>/"
std::string branch(const Repository& repository, const BranchName& name);           // kind "branches"
std::string commit(const Repository& repository, std::string_view id);              // kind "commits"
std::string tag(const Repository& repository, const TagName& name);                 // kind "tags"
std::string setting(const Repository& repository, std::string_view name);           // kind "settings"
std::string metadata(const Repository& repository);                                 // "r/<uid>/metadata"
std::string changes(const Repository& repository, const CommitId& commit);          // kind "changes"
std::string history_segment(const Repository& repository, const CommitId& commit);  // kind "history"

// Repositories whose storage namespace is being taken (namespace_mark.h): "making/<instance_uid>".
std::string making(std::string_view instance_uid);

// Staged entries: "s/<token>/" + path. Tokens hold no '/'.
std::string staged_prefix(const StagingToken& token);
std::string staged(const StagingToken& token, std::string_view path);

// Tokens whose entries may be erased: "drop/<token>".
inline constexpr std::string_view kDropped = "drop/";
std::string dropped(const StagingToken& token);

}  // namespace mere::version::keys

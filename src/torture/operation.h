// What a client asks of the lake, as a value: made by the generator, carried out by the caller, applied to
// the model, printed in a history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "torture/content.h"

namespace mere::torture {

enum class Kind {
  put,
  put_in_parts,
  remove,
  remove_many,
  copy,      // from `source_path` of the same branch
  set_note,  // user metadata
  commit,
  merge,
  import,  // of a source, below the folder `path`, which it replaces
  revert,
  cherry_pick,
  reset,         // all that is uncommitted
  reset_prefix,  // `path`
  reset_path,
  create_branch,
  remove_branch,
  move_branch,  // a hard reset
  create_tag,
  remove_tag,
  set_setting,  // a key of the repository's metadata
  erase_setting,
};
inline constexpr Kind kKinds[] = {
    Kind::put,           Kind::put_in_parts, Kind::remove,       Kind::remove_many, Kind::copy,
    Kind::set_note,      Kind::commit,       Kind::merge,        Kind::import,      Kind::revert,
    Kind::cherry_pick,   Kind::reset,        Kind::reset_prefix, Kind::reset_path,  Kind::create_branch,
    Kind::remove_branch, Kind::move_branch,  Kind::create_tag,   Kind::remove_tag,  Kind::set_setting,
    Kind::erase_setting};
std::string_view name_of(Kind kind);  // "put"

struct Operation {
  Kind kind = Kind::put;
  std::string branch{};                 // where it happens
  std::string path{};                   // an object or, of reset_prefix, what its path begins with
  std::vector<std::string> paths{};     // of remove_many
  std::string source_path{};            // of copy
  ObjectState object{};                 // of put
  std::vector<std::uint64_t> parts{};   // of put_in_parts: their sizes
  std::string name{};                   // of a tag, of a setting
  std::string text{};                   // a message, a note, a value: unique in a run
  std::string source_branch{};          // of merge, create_branch
  std::optional<std::size_t> commit{};  // in the model: of move_branch, create_tag, revert, cherry_pick
  std::size_t source = 0;               // of import: its number (import_source.h)
  std::string strategy{};               // of merge: "", "source-wins", "dest-wins"
};
std::string describe(const Operation& operation);  // a line

// What came of it.
struct Outcome {
  enum class Kind {
    done,
    refused,  // nothing has happened, for a reason that lies in the request (4xx)
    failed,   // the server answered that it could not (5xx): it may have happened; it will not any more
    lost,     // no answer: it may have happened, or may still
  };
  Kind kind = Kind::lost;
  Code code = Code::unavailable;  // unless done
  std::string detail{};           // the server's words
  std::string commit_id{};        // of a commit that was made, where the answer names it
};
std::string describe(const Outcome& outcome);

}  // namespace mere::torture

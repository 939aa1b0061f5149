#include "torture/operation.h"

#include <fmt/format.h>

namespace mere::torture {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::put:
      return "put";
    case Kind::put_in_parts:
      return "put in parts";
    case Kind::remove:
      return "remove";
    case Kind::remove_many:
      return "remove many";
    case Kind::copy:
      return "copy";
    case Kind::set_note:
      return "set note";
    case Kind::commit:
      return "commit";
    case Kind::merge:
      return "merge";
    case Kind::import:
      return "import";
    case Kind::revert:
      return "revert";
    case Kind::cherry_pick:
      return "cherry-pick";
    case Kind::reset:
      return "reset";
    case Kind::reset_prefix:
      return "reset prefix";
    case Kind::reset_path:
      return "reset path";
    case Kind::create_branch:
      return "create branch";
    case Kind::remove_branch:
      return "remove branch";
    case Kind::move_branch:
      return "move branch";
    case Kind::create_tag:
      return "create tag";
    case Kind::remove_tag:
      return "remove tag";
    case Kind::set_setting:
      return "set setting";
    case Kind::erase_setting:
      return "erase setting";
  }
  return "?";
}

std::string describe(const Operation& operation) {
  std::string line(name_of(operation.kind));
  const auto add = [&](std::string_view what, const std::string& value) {
    if (!value.empty()) line += fmt::format(" {}{}", what, value);
  };
  add("", operation.name);
  add("", operation.path);
  for (const std::string& path : operation.paths) add("", path);
  if (operation.kind == Kind::put || operation.kind == Kind::put_in_parts)
    line += fmt::format(" ({} bytes)", operation.object.size_bytes);
  if (operation.kind == Kind::import) line += fmt::format(" of source {}", operation.source);
  add("from ", operation.source_path);
  add("from ", operation.source_branch);
  if (!operation.parts.empty()) line += fmt::format(" in {} parts", operation.parts.size());
  if (operation.commit) line += fmt::format(" commit #{}", *operation.commit);
  add("on ", operation.branch);
  add("strategy ", operation.strategy);
  add("= ", operation.text);
  return line;
}

std::string describe(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::done:
      return outcome.commit_id.empty() ? "done" : "done: " + outcome.commit_id.substr(0, 12);
    case Outcome::Kind::refused:
      return fmt::format("refused ({}): {}", mere::name_of(outcome.code), outcome.detail);
    case Outcome::Kind::failed:
      return fmt::format("failed ({}): {}", mere::name_of(outcome.code), outcome.detail);
    case Outcome::Kind::lost:
      return "no answer: " + outcome.detail;
  }
  return "?";
}

}  // namespace mere::torture

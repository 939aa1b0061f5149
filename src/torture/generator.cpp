#include "torture/generator.h"

#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "torture/import_source.h"

namespace mere::torture {
namespace {

// Few enough that paths are written, deleted and written again.
constexpr std::uint64_t kFolders = 4, kFiles = 8;
constexpr std::size_t kBranches = 4, kTags = 5, kSettings = 6;
constexpr std::size_t kRecentCommits = 12;  // those that are reverted, picked, tagged, branched from

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// Commits whose id is known, newest last.
std::vector<std::size_t> recent(const Model& model) {
  std::vector<std::size_t> found;
  const std::size_t count = model.commits.size();
  for (std::size_t at = count > kRecentCommits ? count - kRecentCommits : 0; at < count; ++at) {
    if (!model.commits[at].id.empty()) found.push_back(at);
  }
  return found;
}

}  // namespace

Generator::Generator(GeneratorOptions options) : options_(std::move(options)), dice_(options_.seed) {}

std::string Generator::any_path() {
  return fmt::format("d{}/f{}", dice_.below(kFolders), dice_.below(kFiles));
}

std::string Generator::path_in(const Tree& tree) {
  if (tree.empty() || dice_.chance(10)) return any_path();
  return std::next(tree.begin(), static_cast<std::ptrdiff_t>(dice_.below(tree.size())))->first;
}

std::string Generator::unique(std::string_view what) {
  return fmt::format("{}{}-{}", options_.prefix, what, ++made_);
}

// Mostly small, which share a journal; some get a file of their own, and a few travel in many pieces.
std::uint64_t Generator::size_bytes() {
  const std::uint64_t kind = dice_.below(100);
  if (kind < 5) return 0;
  if (kind < 80) return dice_.between(1, 2'000);
  if (kind < 97) return dice_.between(2'000, 100'000);
  return dice_.between(100'000, 3'000'000);
}

Operation Generator::next(const Model& model) {
  const std::string branch = dice_.one_of(keys_of(model.branches));
  const std::uint64_t kind = dice_.below(100);
  if (kind < 62) return write(model, branch);
  if (kind < 88) return move_head(model, branch);
  return change_refs(model, branch);
}

Operation Generator::write(const Model& model, const std::string& branch) {
  Operation operation;
  operation.branch = branch;
  const Tree tree = model.tree_of(model.branches.at(branch));
  const std::uint64_t kind = dice_.below(100);
  if (kind < 60 || tree.empty()) {
    operation.kind = Kind::put;
    operation.path = any_path();
    operation.object =
        object_of(options_.first_content + ++made_, size_bytes(), dice_.chance(30) ? unique("note") : "");
    if (dice_.chance(6)) {
      operation.kind = Kind::put_in_parts;
      for (std::uint64_t count = dice_.between(1, 4); count > 0; --count)
        operation.parts.push_back(dice_.between(1, 60'000));
      operation.object = object_in_parts(operation.object.content, operation.parts, operation.object.note);
    }
  } else if (kind < 75) {
    operation.kind = Kind::remove;
    operation.path = path_in(tree);
  } else if (kind < 82) {
    operation.kind = Kind::remove_many;
    for (std::uint64_t count = dice_.between(2, 12); count > 0; --count) {
      operation.paths.push_back(path_in(tree));
    }
  } else if (kind < 89) {
    // Under a path of its own: a copy over its own twin would be no change, or one, by when it was made.
    operation.kind = Kind::copy;
    operation.source_path = path_in(tree);
    operation.path = unique("copy");
  } else if (kind < 96) {
    operation.kind = Kind::set_note;
    operation.path = path_in(tree);
    operation.text = unique("note");
  } else {
    const std::uint64_t reset = dice_.below(3);
    operation.kind = reset == 0 ? Kind::reset : reset == 1 ? Kind::reset_prefix : Kind::reset_path;
    if (operation.kind == Kind::reset_prefix) operation.path = fmt::format("d{}/", dice_.below(kFolders));
    if (operation.kind == Kind::reset_path) operation.path = path_in(tree);
  }
  return operation;
}

Operation Generator::move_head(const Model& model, const std::string& branch) {
  Operation operation;
  operation.branch = branch;
  operation.text = unique("message");
  const bool is_dirty = !model.branches.at(branch).staged.empty();
  const std::uint64_t kind = dice_.below(100);
  if (is_dirty ? kind < 85 : kind < 5) {
    operation.kind = Kind::commit;
    return operation;
  }
  // Not on the main branch: one whose answer was lost is given up with its branch (worker.cpp).
  if (!is_dirty && kind < 15 && branch != main_branch()) {
    operation.kind = Kind::import;
    operation.path = fmt::format("d{}/", dice_.below(kFolders));
    operation.source = dice_.below(kImportSources);
    return operation;
  }
  if (kind < 92) {
    const std::string source = dice_.one_of(keys_of(model.branches));
    const std::size_t from = model.branches.at(source).head, to = model.branches.at(branch).head;
    if (kind % 2 == 0 && source != branch && model.merge_base(from, to)) {
      operation.kind = Kind::merge;
      operation.source_branch = source;
      const std::uint64_t strategy = dice_.below(3);
      operation.strategy = strategy == 0 ? "" : strategy == 1 ? "source-wins" : "dest-wins";
      return operation;
    }
    std::vector<std::size_t> commits;
    for (const std::size_t commit : recent(model)) {
      if (model.commits[commit].parents.size() == 1) commits.push_back(commit);
    }
    if (!commits.empty()) {
      operation.kind = dice_.chance(50) ? Kind::revert : Kind::cherry_pick;
      operation.commit = dice_.one_of(commits);
      return operation;
    }
  }
  const std::vector<std::size_t> commits = recent(model);
  if (commits.empty()) {
    operation.kind = Kind::commit;
    return operation;
  }
  operation.kind = Kind::move_branch;
  operation.text.clear();
  operation.commit = dice_.one_of(commits);
  return operation;
}

Operation Generator::change_refs(const Model& model, const std::string& branch) {
  Operation operation;
  const std::vector<std::size_t> commits = recent(model);
  switch (dice_.below(4)) {
    case 0:
      if (model.branches.size() >= kBranches && branch != main_branch()) {
        operation.kind = Kind::remove_branch;
        operation.branch = branch;
        return operation;
      }
      if (model.branches.size() < kBranches) {
        operation.kind = Kind::create_branch;
        operation.branch = unique("branch");
        if (!commits.empty() && dice_.chance(50))
          operation.commit = dice_.one_of(commits);
        else
          operation.source_branch = branch;
        return operation;
      }
      break;
    case 1:
      if (model.tags.size() < kTags && !commits.empty()) {
        operation.kind = Kind::create_tag;
        operation.name = unique("tag");
        operation.commit = dice_.one_of(commits);
        return operation;
      }
      if (!model.tags.empty()) {
        operation.kind = Kind::remove_tag;
        operation.name = dice_.one_of(keys_of(model.tags));
        return operation;
      }
      break;
    case 2:
      if (!model.settings.empty() && dice_.chance(40)) {
        operation.kind = Kind::erase_setting;
        operation.name = dice_.one_of(keys_of(model.settings));
        return operation;
      }
      break;
    default:
      break;
  }
  operation.kind = Kind::set_setting;
  operation.name = fmt::format("{}setting{}", options_.prefix, dice_.below(kSettings));
  operation.text = unique("value");
  return operation;
}

}  // namespace mere::torture

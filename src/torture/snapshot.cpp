#include "torture/snapshot.h"

#include <fmt/format.h>

#include <utility>

#include "client/listing.h"

namespace mere::torture {
namespace {

constexpr std::int64_t kPage = 1000;

std::string shown(const SeenObject& object) {
  return fmt::format("{} bytes, checksum {}{}", object.size_bytes, object.checksum,
                     object.note.empty() ? "" : ", note " + object.note);
}

SeenObject seen_of(const ObjectState& object) {
  return {object.size_bytes, object.checksum, object.note};
}

// "what 'name' …" for each key that only one of the maps has, or that has another value there.
template <class A, class B, class Show, class Same>
void compare(const A& expected, const B& seen, const std::string& what, std::vector<std::string>& found,
             const Show& show, const Same& same) {
  for (const auto& [key, value] : expected) {
    const auto there = seen.find(key);
    if (there == seen.end())
      found.push_back(fmt::format("{} {} is gone", what, key));
    else if (!same(value, there->second))
      found.push_back(fmt::format("{} {} {}", what, key, show(value, there->second)));
  }
  for (const auto& [key, value] : seen) {
    if (!expected.contains(key)) found.push_back(fmt::format("{} {} is there and should not be", what, key));
  }
}

std::map<std::string, std::string> changes_of(const Model& model, const BranchState& branch) {
  const Tree& head = *model.commits[branch.head].tree;
  std::map<std::string, std::string> changes;
  for (const auto& [path, object] : branch.staged) {
    changes[path] = !object ? "removed" : head.contains(path) ? "changed" : "added";
  }
  return changes;
}

// The head of a branch, by its id or, where that is not known yet, by what its commit says.
std::vector<std::string> head_differences(Model& model, const std::string& branch, const SeenCommit& seen) {
  CommitState& head = model.commits[model.branches.at(branch).head];
  if (!head.id.empty()) {
    if (head.id == seen.id) return {};
    return {fmt::format("branch {} is at commit {} ({}), and not at {} ({})", branch, seen.id, seen.message,
                        head.id, head.message)};
  }
  std::vector<std::string> parents;
  for (const std::size_t parent : head.parents) parents.push_back(model.commits[parent].id);
  if (seen.message != head.message) {
    return {fmt::format("branch {} is at commit {} ({}), and not at one that says {}", branch, seen.id,
                        seen.message, head.message)};
  }
  if (parents != seen.parents)
    return {fmt::format("commit {} ({}) has other parents", seen.id, seen.message)};
  head.id = seen.id;
  return {};
}

}  // namespace

std::vector<std::string> differences(const Tree& expected, const SeenTree& seen, const std::string& where) {
  std::vector<std::string> found;
  compare(
      expected, seen, where + ": object", found,
      [](const ObjectState& is, const SeenObject& there) {
        return fmt::format("has {}, and not {}", shown(there), shown(seen_of(is)));
      },
      [](const ObjectState& is, const SeenObject& there) { return seen_of(is) == there; });
  return found;
}

std::vector<std::string> differences(Model& model, const Snapshot& seen) {
  std::vector<std::string> found;
  const auto add = [&](std::vector<std::string> more) {
    found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  for (const auto& [name, branch] : model.branches) {
    const auto there = seen.branches.find(name);
    if (there == seen.branches.end()) {
      found.push_back(fmt::format("branch {} is gone", name));
      continue;
    }
    add(head_differences(model, name, there->second.head));
    add(differences(*model.commits[branch.head].tree, there->second.committed, "head of " + name));
    add(differences(model.tree_of(branch), there->second.objects, "branch " + name));
    compare(
        changes_of(model, branch), there->second.uncommitted, "uncommitted on " + name + ":", found,
        [](const std::string& is, const std::string& other) {
          return fmt::format("is {}, and not {}", other, is);
        },
        std::equal_to<>());
  }
  for (const auto& [name, branch] : seen.branches) {
    if (!model.branches.contains(name))
      found.push_back(fmt::format("branch {} is there and should not be", name));
  }
  compare(
      model.tags, seen.tags, "tag", found,
      [&](std::size_t is, const std::string& other) {
        return fmt::format("is at {}, and not at {}", other, model.commits[is].id);
      },
      [&](std::size_t is, const std::string& other) { return model.commits[is].id == other; });
  compare(
      model.settings, seen.settings, "setting", found,
      [](const std::string& is, const std::string& other) {
        return fmt::format("is {}, and not {}", other, is);
      },
      std::equal_to<>());
  return found;
}

Result<SeenTree> list(const client::Api& api, const std::string& repository, const std::string& ref) {
  SeenTree tree;
  auto objects = client::listing_of<api::ObjectStats>([&](const std::string& after) {
    return api.list_objects({.repository = repository, .ref = ref, .after = after, .amount = kPage});
  });
  for (Result<api::ObjectStats>& object : objects) {
    if (!object) return with_context("listing " + ref, std::move(object).error());
    const std::map<std::string, std::string> metadata =
        object->metadata.value_or(std::map<std::string, std::string>());
    const auto note = metadata.find("note");
    tree[object->path] = {static_cast<std::uint64_t>(object->size_bytes.value_or(0)), object->checksum,
                          note == metadata.end() ? "" : note->second};
  }
  return tree;
}

Result<Snapshot> look(const client::Api& api, const std::string& repository, const std::string& prefix) {
  Snapshot seen;
  auto branches = client::listing_of<api::Ref>([&](const std::string& after) {
    return api.list_branches({.repository = repository, .prefix = prefix, .after = after, .amount = kPage});
  });
  for (Result<api::Ref>& ref : branches) {
    if (!ref) return with_context("listing branches", std::move(ref).error());
    Snapshot::Branch& branch = seen.branches[ref->id];
    ASSIGN_OR_RETURN(api::Commit head,
                     api.get_commit({.repository = repository, .commit_id = ref->commit_id}));
    branch.head = {std::move(head.id), std::move(head.message), std::move(head.parents)};
    ASSIGN_OR_RETURN(branch.committed, list(api, repository, ref->commit_id));
    ASSIGN_OR_RETURN(branch.objects, list(api, repository, ref->id));
    auto uncommitted = client::listing_of<api::Diff>([&](const std::string& after) {
      return api.diff_branch({.repository = repository, .branch = ref->id, .after = after, .amount = kPage});
    });
    for (const Result<api::Diff>& change : uncommitted) {
      if (!change) return with_context("the uncommitted changes of " + ref->id, change.error());
      branch.uncommitted[change->path] = std::string(api::to_string(change->type));
    }
  }
  auto tags = client::listing_of<api::Ref>([&](const std::string& after) {
    return api.list_tags({.repository = repository, .prefix = prefix, .after = after, .amount = kPage});
  });
  for (Result<api::Ref>& ref : tags) {
    if (!ref) return with_context("listing tags", std::move(ref).error());
    seen.tags[ref->id] = ref->commit_id;
  }
  ASSIGN_OR_RETURN(seen.settings, api.get_repository_metadata({.repository = repository}));
  std::erase_if(seen.settings, [&](const auto& setting) { return !setting.first.starts_with(prefix); });
  return seen;
}

}  // namespace mere::torture

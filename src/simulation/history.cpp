#include "simulation/history.h"

#include <fmt/format.h>

namespace mere::simulation {
namespace {

std::string print(const Content& content) {
  std::string text = "{";
  for (std::size_t path = 0; path < content.size(); ++path) {
    if (content[path] != 0) text += fmt::format(" {}={}", kPaths[path], content[path]);
  }
  return text + " }";
}

std::string print(OpId id, const Op& op) {
  std::string text = fmt::format("#{} {} {}", id, name_of(op.kind), kBranches[op.branch]);
  switch (op.kind) {
    case Kind::put:
    case Kind::put_if_absent:
    case Kind::remove:
    case Kind::read:
    case Kind::reset_path:
      return text + " " + kPaths[op.path];
    case Kind::merge:
    case Kind::revert:
    case Kind::cherry_pick:
    case Kind::import:
    case Kind::hard_reset:
    case Kind::create_branch:
      return text + " from " + kBranches[op.source];
    default:
      return text;
  }
}

std::string print_answer(const Op& op) {
  std::string text = name_of(op.answer);
  if (op.answer == Answer::other) text += ": " + op.error;
  if (op.answer != Answer::ok) return text;
  if (op.kind == Kind::read || op.kind == Kind::read_head) text += fmt::format(" {}", op.read);
  if (op.kind == Kind::list) text += " " + print(op.listed);
  return text;
}

}  // namespace

const char* name_of(Kind kind) {
  static constexpr const char* kNames[] = {
      "put",          "put_if_absent", "remove",     "read",        "list",          "read_head",
      "commit",       "merge",         "revert",     "cherry_pick", "import",        "reset",
      "reset_prefix", "reset_path",    "hard_reset", "compact",     "create_branch", "remove_branch"};
  return kNames[static_cast<std::size_t>(kind)];
}

const char* name_of(Answer answer) {
  static constexpr const char* kNames[] = {"no answer",  "ok",       "not found", "exists", "dirty",
                                           "no changes", "conflict", "no parent", "error"};
  return kNames[static_cast<std::size_t>(answer)];
}

std::string History::print() const {
  std::string text;
  for (const Event& event : events) {
    switch (event.kind) {
      case Event::Kind::invoked:
        text += simulation::print(event.op, ops[event.op]) + "\n";
        break;
      case Event::Kind::answered:
        text += fmt::format("{:>30}#{} {}: {}\n", "", event.op, name_of(ops[event.op].kind),
                            print_answer(ops[event.op]));
        break;
      case Event::Kind::died:
        text += "--- the power fails\n";
        break;
      case Event::Kind::found:
        for (std::size_t branch = 0; branch < event.found.size(); ++branch) {
          const BranchFact& fact = event.found[branch];
          if (!fact.exists) continue;
          text += fmt::format("=== {} at commit {}, {}\n", kBranches[branch], fact.head,
                              simulation::print(fact.content));
        }
        break;
    }
  }
  for (std::size_t op = 0; op < commits.size(); ++op) {
    if (!commits[op]) continue;
    text += fmt::format("commit {}: {} on", op, simulation::print(commits[op]->content));
    for (const OpId parent : commits[op]->parents) text += fmt::format(" {}", parent);
    text += "\n";
  }
  return text;
}

}  // namespace mere::simulation

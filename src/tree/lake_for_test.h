// Trees in memory with ranges of a few records, and the maps that say what they must hold.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "block/store.h"
#include "tree/cursors_for_test.h"
#include "tree/trees.h"

namespace mere::tree {

// What a key may be and hold in a generated model: few of each, so that trees overlap.
inline rc::Gen<std::string> any_key() {
  return rc::gen::map(rc::gen::inRange(0, 400), [](int n) {
    static constexpr const char* kFolders[] = {"", "a/", "a/b/", "c", "d/\xff", "e\x01"};
    return kFolders[n % 6] + std::to_string(n / 6);
  });
}
inline rc::Gen<Model> any_model() {
  auto identity =
      rc::gen::map(rc::gen::inRange(0, 3), [](int n) { return std::string(32, static_cast<char>('x' + n)); });
  auto data = rc::gen::map(rc::gen::inRange(0, 60),
                           [](int n) { return std::string(static_cast<std::size_t>(n), 'd'); });
  return rc::gen::scale(3.0, rc::gen::container<Model>(any_key(), rc::gen::pair(identity, data)));
}
// A model that shares most records with `base`, as a branch does.
inline rc::Gen<Model> any_edit_of(const Model& base) {
  return rc::gen::map(
      rc::gen::scale(0.2,
                     rc::gen::tuple(any_model(), rc::gen::container<std::vector<std::string>>(any_key()))),
      [base](const std::tuple<Model, std::vector<std::string>>& edit) {
        Model model = base;
        for (const auto& [key, value] : std::get<0>(edit)) model[key] = value;
        for (const std::string& key : std::get<1>(edit)) model.erase(key);
        return model;
      });
}

class TestLake {
 public:
  // Cuts ranges after one key in `raggedness`, and at a size of `max_bytes`.
  explicit TestLake(std::uint64_t raggedness = 7, std::uint64_t max_bytes = 900)
      : options_{.max_range_size_bytes = max_bytes, .range_raggedness_entries = raggedness},
        store_(block::make_memory_store(system_clock())),
        trees_(*store_, options_) {}

  block::Store& store() { return *store_; }
  Trees& trees() { return trees_; }
  const block::Address& ns() const { return ns_; }

  MetaRangeId build(const Model& model) {
    ModelCursor records(model);
    auto built = trees_.build(ns_, records);
    RC_ASSERT(built.has_value());
    RC_ASSERT(built->count == static_cast<std::int64_t>(model.size()));
    return built->id;
  }
  // Other trees on the same store, which hold no table open.
  Trees reopened() const { return Trees(*store_, options_); }
  Model read(const MetaRangeId& tree) const { return read(*trees_.scan(ns_, tree)); }
  static Model read(Cursor& cursor) {
    Model model;
    std::string last;
    for (; cursor.valid(); cursor.next()) {
      const Record& record = cursor.record();
      RC_ASSERT(model.empty() || last < record.key);
      last = record.key;
      model.emplace(last, std::pair(std::string(record.identity), std::string(record.data)));
    }
    RC_ASSERT(cursor.status().has_value());
    return model;
  }

 private:
  const TreeOptions options_;
  const block::Address ns_{"mem://lake"};
  std::unique_ptr<block::Store> store_;
  Trees trees_;
};

// Key -> type, identity left, identity right.
using Differences = std::map<std::string, std::tuple<DiffType, std::string, std::string>>;

inline Differences read_differences(DiffCursor& cursor) {
  Differences out;
  std::string last;
  for (; cursor.valid(); cursor.next()) {
    const Difference& difference = cursor.difference();
    RC_ASSERT(out.empty() || last < difference.key);
    last = difference.key;
    RC_ASSERT(difference.left.key.empty() || difference.left.key == difference.key);
    RC_ASSERT(difference.right.key.empty() || difference.right.key == difference.key);
    out.emplace(last, std::tuple(difference.type, std::string(difference.left.identity),
                                 std::string(difference.right.identity)));
  }
  RC_ASSERT(cursor.status().has_value());
  return out;
}

inline std::string identity_in(const Model& model, const std::string& key) {
  auto found = model.find(key);
  return found == model.end() ? std::string() : found->second.first;
}

inline Differences differences_of(const Model& left, const Model& right) {
  Differences out;
  for (const auto& [key, value] : left) {
    const std::string other = identity_in(right, key);
    if (other == value.first) continue;
    out.emplace(key, std::tuple(other.empty() ? DiffType::removed : DiffType::changed, value.first, other));
  }
  for (const auto& [key, value] : right) {
    if (!left.contains(key)) out.emplace(key, std::tuple(DiffType::added, std::string(), value.first));
  }
  return out;
}

}  // namespace mere::tree

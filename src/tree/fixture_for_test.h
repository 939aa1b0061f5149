// The recorded repositories under tests/data/fixtures, loaded into a memory store, and what they must
// read back as.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "block/store.h"
#include "tree/trees.h"

namespace mere::tree::fixture {

struct Commit {
  std::string id;
  MetaRangeId tree;
  std::string message;
  std::vector<std::string> parents;
  std::int64_t generation = 0;
};

class Fixture {
 public:
  explicit Fixture(std::string name);  // "lakefs-repo" or "lakefs-split"

  block::Store& store() { return *store_; }
  const block::Address& ns() const { return ns_; }
  const TreeOptions& options() const { return options_; }
  Trees trees(WorkQueue* workers = nullptr) { return Trees(*store_, options_, workers); }
  // A second namespace, empty.
  block::Address empty_ns() const { return {"mem://empty"}; }

  const std::vector<std::string>& table_ids() const { return table_ids_; }
  std::string table(const std::string& id) const;
  const boost::json::object& expected() const { return expected_; }
  const std::vector<Commit>& commits() const { return commits_; }  // oldest generation first
  const Commit& commit(std::string_view id) const;
  const MetaRangeId& tree_of(std::string_view commit_id) const { return commit(commit_id).tree; }

 private:
  std::string folder_;
  block::Address ns_{"mem://fixture"};
  TreeOptions options_;
  std::unique_ptr<block::Store> store_;
  std::vector<std::string> table_ids_;
  boost::json::object expected_;
  std::vector<Commit> commits_;
};

std::string read_file(const std::string& path);
boost::json::object id_vectors();

}  // namespace mere::tree::fixture

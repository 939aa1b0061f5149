// Writes the tables of a branch of many entries, where staging them one by one would take longer than all
// that is measured on them.
//
//   tables ROOT NAMESPACE ENTRIES    e.g. tables lake/objects local://bench 10000000
//
// Prints the metarange's id, for a commit with `source_metarange`. The entries are those that bench/scale.py
// stages; ranges are cut as a server does by default.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "base/text.h"
#include "block/store.h"
#include "tree/trees.h"

namespace {

using namespace mere;

class Entries final : public tree::Cursor {
 public:
  explicit Entries(int count) : count_(count) { show(); }
  bool valid() const override { return at_ < count_; }
  const tree::Record& record() const override { return record_; }
  void next() override {
    ++at_;
    show();
  }
  // Nobody who builds from it seeks.
  void seek(std::string_view) override { at_ = count_; }
  Status status() const override { return {}; }

 private:
  void show() {
    if (!valid()) return;
    key_ = fmt::format("e/{:08}", at_);
    tree::Entry entry;
    entry.address = fmt::format("data/{:08}", at_);
    entry.checksum = fmt::format("aa{:08}", at_);
    entry.size_bytes = 1024;
    entry.last_modified = {1'700'000'000 + at_, 0};
    identity_ = tree::identity_of(entry);
    value_ = tree::encode_entry(entry);
    record_ = {key_, identity_, value_};
  }

  const int count_;
  int at_ = 0;
  std::string key_, identity_, value_;
  tree::Record record_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto count = argc == 4 ? parse_integer<int>(argv[3]) : std::nullopt;
  if (!count || *count <= 0) {
    fmt::print(stderr, "usage: tables ROOT NAMESPACE ENTRIES\n");
    return 2;
  }
  auto store = block::open_local_store({.root = argv[1]});
  if (!store) {
    fmt::print(stderr, "tables: {}\n", store.error().message);
    return 1;
  }
  const auto workers = make_thread_pool(2, 16);
  tree::Trees trees(**store, {.range_raggedness_entries = 5'000}, workers.get());
  Entries entries(*count);
  const auto built = trees.build(block::Address{argv[2]}, entries);
  if (!built) {
    fmt::print(stderr, "tables: {}\n", built.error().message);
    return 1;
  }
  fmt::print("{}\n", built->id.str());
}

#include "version/overlay_cursor.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "version/folding.h"

namespace mere::version {
namespace {

class OverlayCursor final : public tree::Cursor {
 public:
  explicit OverlayCursor(std::vector<std::unique_ptr<tree::Cursor>> layers) {
    for (auto& layer : layers) layers_.push_back({std::move(layer), false});
    settle();
  }

  bool valid() const override { return top_ != nullptr; }
  const tree::Record& record() const override { return top_->record(); }
  Status status() const override {
    if (!error_) return {};
    return *error_;
  }

  void next() override {
    // The top layer goes last: the keys of the others are compared with its record's.
    for (Layer& layer : layers_) {
      if (layer.is_at_key && layer.cursor.get() != top_) layer.cursor->next();
    }
    top_->next();
    settle();
  }

  void seek(std::string_view key) override {
    if (error_) return;
    const bool is_forward = top_ != nullptr && key >= top_->record().key;
    for (Layer& layer : layers_) {
      tree::Cursor& cursor = *layer.cursor;
      const bool is_there = is_forward && (!cursor.valid() || cursor.record().key >= key);
      if (!is_there) cursor.seek(key);
    }
    settle();
  }

 private:
  struct Layer {
    std::unique_ptr<tree::Cursor> cursor;
    bool is_at_key;  // stands on the key that is shown
  };

  void settle() {
    top_ = nullptr;
    std::string_view smallest;
    for (Layer& layer : layers_) {
      layer.is_at_key = false;
      if (!layer.cursor->valid()) {
        if (auto status = layer.cursor->status(); !status) return fail(std::move(status).error());
        continue;
      }
      const std::string_view key = layer.cursor->record().key;
      if (top_ == nullptr || key < smallest) {
        top_ = layer.cursor.get();
        smallest = key;
      }
    }
    if (top_ == nullptr) return;
    for (Layer& layer : layers_) {
      layer.is_at_key = layer.cursor->valid() && layer.cursor->record().key == smallest;
    }
  }

  void fail(Error error) {
    error_ = std::move(error);
    top_ = nullptr;
  }

  std::vector<Layer> layers_;  // a handful: a scan of them beats a heap
  tree::Cursor* top_ = nullptr;
  std::optional<Error> error_;
};

class DiffChanges final : public tree::Cursor {
 public:
  explicit DiffChanges(std::unique_ptr<tree::DiffCursor> diff) : diff_(std::move(diff)) { settle(); }

  bool valid() const override { return diff_->valid(); }
  const tree::Record& record() const override { return record_; }
  Status status() const override { return diff_->status(); }
  void next() override {
    diff_->next();
    settle();
  }
  void seek(std::string_view key) override {
    diff_->seek(key);
    settle();
  }

 private:
  void settle() {
    if (!diff_->valid()) return;
    const tree::Difference& difference = diff_->difference();
    record_ =
        difference.type == tree::DiffType::removed ? tree::Record{difference.key, {}, {}} : difference.right;
    record_.key = difference.key;
  }

  std::unique_ptr<tree::DiffCursor> diff_;
  tree::Record record_;
};

class WithoutPrefix final : public tree::Cursor {
 public:
  WithoutPrefix(std::unique_ptr<tree::Cursor> records, std::string prefix)
      : records_(std::move(records)), prefix_(std::move(prefix)), behind_(first_key_after_prefix(prefix_)) {
    settle();
  }

  bool valid() const override { return !is_at_end_ && records_->valid(); }
  const tree::Record& record() const override { return records_->record(); }
  Status status() const override { return records_->status(); }
  void next() override {
    records_->next();
    settle();
  }
  void seek(std::string_view key) override {
    records_->seek(key);
    settle();
  }

 private:
  void settle() {
    is_at_end_ = false;
    if (!records_->valid() || !records_->record().key.starts_with(prefix_)) return;
    if (behind_) records_->seek(*behind_);
    is_at_end_ = !behind_;
  }

  std::unique_ptr<tree::Cursor> records_;
  std::string prefix_;
  std::optional<std::string> behind_;
  bool is_at_end_ = false;
};

}  // namespace

std::unique_ptr<tree::Cursor> overlay(std::vector<std::unique_ptr<tree::Cursor>> layers) {
  if (layers.size() == 1) return std::move(layers.front());
  return std::make_unique<OverlayCursor>(std::move(layers));
}

std::unique_ptr<tree::Cursor> as_changes(std::unique_ptr<tree::DiffCursor> diff) {
  return std::make_unique<DiffChanges>(std::move(diff));
}

std::unique_ptr<tree::Cursor> without_prefix(std::unique_ptr<tree::Cursor> records, std::string prefix) {
  return std::make_unique<WithoutPrefix>(std::move(records), std::move(prefix));
}

}  // namespace mere::version

// Cursors over what a test has at hand.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tree/types.h"

namespace mere::tree {

// Key -> (identity, data); an empty identity is a tombstone.
using Model = std::map<std::string, std::pair<std::string, std::string>>;

class ModelCursor final : public Cursor {
 public:
  explicit ModelCursor(const Model& model) : model_(model), at_(model.begin()) { show(); }
  bool valid() const override { return at_ != model_.end(); }
  const Record& record() const override { return record_; }
  void next() override {
    ++at_;
    show();
  }
  void seek(std::string_view key) override {
    at_ = model_.lower_bound(std::string(key));
    show();
  }
  Status status() const override { return {}; }

 private:
  void show() {
    if (valid()) record_ = {at_->first, at_->second.first, at_->second.second};
  }
  const Model& model_;
  Model::const_iterator at_;
  Record record_;
};

// What turns the left tree of a diff into its right one.
class ChangesOfDiff final : public Cursor {
 public:
  explicit ChangesOfDiff(std::unique_ptr<DiffCursor> diff) : diff_(std::move(diff)) { show(); }
  bool valid() const override { return diff_->valid(); }
  const Record& record() const override { return record_; }
  void next() override {
    diff_->next();
    show();
  }
  void seek(std::string_view key) override {
    diff_->seek(key);
    show();
  }
  Status status() const override { return diff_->status(); }

 private:
  void show() {
    if (!valid()) return;
    record_ = diff_->difference().right;
    record_.key = diff_->difference().key;
  }
  std::unique_ptr<DiffCursor> diff_;
  Record record_;
};

// The part of a cursor whose keys begin with a prefix.
class PrefixCursor final : public Cursor {
 public:
  PrefixCursor(std::unique_ptr<Cursor> cursor, std::string prefix)
      : cursor_(std::move(cursor)), prefix_(std::move(prefix)) {
    cursor_->seek(prefix_);
  }
  bool valid() const override { return cursor_->valid() && cursor_->record().key.starts_with(prefix_); }
  const Record& record() const override { return cursor_->record(); }
  void next() override { cursor_->next(); }
  void seek(std::string_view key) override { cursor_->seek(key); }
  Status status() const override { return cursor_->status(); }

 private:
  std::unique_ptr<Cursor> cursor_;
  std::string prefix_;
};

}  // namespace mere::tree

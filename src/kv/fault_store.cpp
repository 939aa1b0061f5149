#include "kv/fault_store.h"

namespace mere::kv {

// After a fault it is not valid any more, until it is sought anew.
class FaultStore::FaultCursor final : public Cursor {
 public:
  FaultCursor(const FaultStore& store, std::unique_ptr<Cursor> below, std::optional<Fault> fault)
      : store_(store), below_(std::move(below)), fault_(std::move(fault)) {}
  bool valid() const override { return !fault_ && below_->valid(); }
  std::string_view key() const override { return below_->key(); }
  std::string_view value() const override { return below_->value(); }
  void next() override {
    fault_ = store_.next_call();
    if (!fault_) below_->next();
  }
  void seek(std::string_view key) override {
    fault_ = store_.next_call();
    if (!fault_) below_->seek(key);
  }
  Status status() const override {
    if (fault_) return fault_->error;
    return below_->status();
  }

 private:
  const FaultStore& store_;
  const std::unique_ptr<Cursor> below_;
  std::optional<Fault> fault_;
};

void FaultStore::fail_call(std::uint64_t n, When when, Error error) {
  std::lock_guard lock(mutex_);
  first_ = last_ = calls_ + n;
  when_ = when;
  error_ = std::move(error);
  random_ = nullptr;
}

void FaultStore::fail_from(std::uint64_t n, Error error) {
  fail_call(n, When::before, std::move(error));
  std::lock_guard lock(mutex_);
  last_ = std::numeric_limits<std::uint64_t>::max();
}

void FaultStore::fail_randomly(Random& random, std::uint32_t one_in, Error error) {
  heal();
  std::lock_guard lock(mutex_);
  random_ = &random;
  one_in_ = one_in;
  error_ = std::move(error);
}

void FaultStore::heal() {
  std::lock_guard lock(mutex_);
  first_ = std::numeric_limits<std::uint64_t>::max();
  last_ = 0;
  random_ = nullptr;
}

std::uint64_t FaultStore::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

std::uint64_t FaultStore::faults() const {
  std::lock_guard lock(mutex_);
  return faults_;
}

std::optional<FaultStore::Fault> FaultStore::next_call() const {
  std::lock_guard lock(mutex_);
  const std::uint64_t number = calls_++;
  std::optional<Fault> fault;
  if (random_ != nullptr) {
    const std::uint64_t drawn = random_->next_u64();
    if ((drawn >> 1) % one_in_ == 0) fault = Fault{(drawn & 1) != 0 ? When::after : When::before, error_};
  } else if (first_ <= number && number <= last_) {
    fault = Fault{when_, error_};
  }
  if (fault) ++faults_;
  return fault;
}

Status FaultStore::change(const std::optional<Fault>& fault, auto&& call) {
  if (!fault) return call();
  if (fault->when == When::after) (void)call();
  return fault->error;
}

Result<std::optional<std::string>> FaultStore::get(std::string_view key) const {
  if (auto fault = next_call()) return std::move(fault->error);
  return below_.get(key);
}

Status FaultStore::write(std::span<const Write> writes, Durability durability) {
  return change(next_call(), [&] { return below_.write(writes, durability); });
}

std::unique_ptr<Cursor> FaultStore::scan(std::string_view prefix) const {
  auto fault = next_call();
  return std::make_unique<FaultCursor>(*this, below_.scan(prefix), std::move(fault));
}

Status FaultStore::erase_prefix(std::string_view prefix) {
  return change(next_call(), [&] { return below_.erase_prefix(prefix); });
}

}  // namespace mere::kv

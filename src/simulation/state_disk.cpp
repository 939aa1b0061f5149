#include "simulation/state_disk.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace mere::simulation {
namespace {

class DeadCursor final : public kv::Cursor {
 public:
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void next() override {}
  void seek(std::string_view) override {}
  Status status() const override { return Power::dead(); }
};

std::unique_ptr<kv::Store> copy_of(const kv::Store& store) {
  auto copy = kv::make_memory_store();
  for (const auto cursor = store.scan(""); cursor->valid(); cursor->next()) {
    MERE_CHECK(kv::put(*copy, std::string(cursor->key()), std::string(cursor->value())));
  }
  return copy;
}

}  // namespace

class StateDisk::Front final : public kv::Store {
 public:
  explicit Front(StateDisk& disk) : disk_(disk), life_(disk.power_.life()) {}

  Result<std::optional<std::string>> get(std::string_view key) const override {
    if (!disk_.power_.look(life_)) return Power::dead();
    return disk_.seen_->get(key);
  }

  Status write(std::span<const kv::Write> writes, kv::Durability durability) override {
    Power& power = disk_.power_;
    if (!power.step(life_)) return Power::dead();
    RETURN_IF_ERROR(disk_.seen_->write(writes, durability));
    std::vector<kv::Write> logged(writes.begin(), writes.end());
    std::erase_if(logged, [](const kv::Write& write) { return write.kind == kv::Write::Kind::check; });
    for (kv::Write& write : logged) write.condition = {};
    disk_.log(std::move(logged));
    // Writers stand in line: nobody sees the write before this.
    if (!power.step_at_once(life_)) return Power::dead();
    if (durability == kv::Durability::synced) disk_.sync();
    if (!power.step(life_)) return Power::dead();
    return {};
  }

  std::unique_ptr<kv::Cursor> scan(std::string_view prefix) const override {
    if (!disk_.power_.look(life_)) return std::make_unique<DeadCursor>();
    return disk_.seen_->scan(prefix);
  }

  // Not atomic: others may see a part of it, and a crash leave one.
  Status erase_prefix(std::string_view prefix) override {
    if (prefix.empty()) return Error{Code::invalid_argument, "erase_prefix needs a prefix"};
    if (!disk_.power_.step(life_)) return Power::dead();
    std::vector<kv::Write> first, rest;
    {
      const auto cursor = disk_.seen_->scan(prefix);
      for (; cursor->valid(); cursor->next()) {
        auto& part = disk_.power_.chance().next_u64() % 2 == 0 ? first : rest;
        part.push_back(kv::Write::erase(std::string(cursor->key())));
      }
    }
    for (auto* part : {&first, &rest}) {
      if (!part->empty()) {
        RETURN_IF_ERROR(disk_.seen_->write(*part));
        disk_.log(std::move(*part));
      }
      if (!disk_.power_.step(life_)) return Power::dead();
    }
    disk_.sync();
    return {};
  }

 private:
  StateDisk& disk_;
  const std::uint64_t life_;
};

StateDisk::StateDisk(Power& power) : power_(power) {
  power_.on_failure([this](Loss loss) { lose(loss); });
}

std::unique_ptr<kv::Store> StateDisk::open() {
  return std::make_unique<Front>(*this);
}

void StateDisk::log(std::vector<kv::Write> writes) {
  unsynced_.push_back({std::move(writes), std::exchange(waiting_, {})});
}

void StateDisk::carry(std::function<void()> settle) {
  waiting_.push_back(std::move(settle));
}

void StateDisk::sync() {
  for (const Logged& logged : unsynced_) {
    if (!logged.writes.empty()) MERE_CHECK(synced_->write(logged.writes));
    for (const auto& settle : logged.carried) settle();
  }
  unsynced_.clear();
}

void StateDisk::lose(Loss loss) {
  std::size_t kept = 0;
  if (loss == Loss::nothing) kept = unsynced_.size();
  if (loss == Loss::some) kept = power_.chance().next_u64() % (unsynced_.size() + 1);
  waiting_.clear();
  unsynced_.resize(kept);
  sync();
  before_.push_back(std::exchange(seen_, copy_of(*synced_)));
}

}  // namespace mere::simulation

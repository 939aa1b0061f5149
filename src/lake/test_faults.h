// Stores that fail on purpose, for tests: every change they are asked for is a step, and one step goes wrong.
#pragma once

#include <memory>

#include "block/store.h"
#include "kv/store.h"

namespace mere::lake {

struct Faults {
  enum class Kind {
    refused,      // the step fails and does nothing
    uncertain,    // the step fails though it was done
    crash,        // as refused, and so do all later steps: the process died
    crash_after,  // the step is done, and all later ones fail
  };
  Kind kind = Kind::refused;
  int at = -1;    // which step, from 0; -1: none
  int steps = 0;  // so far

  // Does the step, or not.
  template <class F>
  auto step(const F& change) -> decltype(change()) {
    const bool dies = kind == Kind::crash || kind == Kind::crash_after;
    // Nobody repeats what a dead process could not do.
    const Error failure{dies ? Code::io_error : Code::unavailable, "a fault made by the test"};
    const int mine = steps++;
    const bool dead = at >= 0 && dies && mine > at;
    if (dead || (mine == at && (kind == Kind::refused || kind == Kind::crash))) return failure;
    auto done = change();
    if (mine == at) return failure;
    return done;
  }
};

class FaultyState final : public kv::Store {
 public:
  FaultyState(kv::Store& under, Faults& faults) : under_(under), faults_(faults) {}
  Result<std::optional<std::string>> get(std::string_view key) const override { return under_.get(key); }
  Status write(std::span<const kv::Write> writes, kv::Durability durability) override {
    return faults_.step([&] { return under_.write(writes, durability); });
  }
  std::unique_ptr<kv::Cursor> scan(std::string_view prefix) const override { return under_.scan(prefix); }
  Status erase_prefix(std::string_view prefix) override {
    return faults_.step([&] { return under_.erase_prefix(prefix); });
  }

 private:
  kv::Store& under_;
  Faults& faults_;
};

class FaultyBytes final : public block::Store {
 public:
  FaultyBytes(block::Store& under, Faults& faults) : under_(under), faults_(faults) {}

  const block::Capabilities& capabilities(std::string_view storage_id) const override {
    return under_.capabilities(storage_id);
  }
  Status check(const block::Address& address) const override { return under_.check(address); }
  std::string display(const block::Address& address) const override { return under_.display(address); }
  Result<std::unique_ptr<block::Reader>> open(const block::Address& address) const override {
    return under_.open(address);
  }
  Result<block::Properties> stat(const block::Address& address) const override {
    return under_.stat(address);
  }
  Result<std::unique_ptr<block::Writer>> create(const block::Address& address,
                                                const block::WriteOptions& options) override {
    ASSIGN_OR_RETURN(auto writer, faults_.step([&] { return under_.create(address, options); }));
    return std::unique_ptr<block::Writer>(std::make_unique<Writer>(std::move(writer), faults_));
  }
  Status remove(const block::Address& address) override {
    return faults_.step([&] { return under_.remove(address); });
  }
  Result<block::Properties> copy(const block::Address& from, const block::Address& to) override {
    return faults_.step([&] { return under_.copy(from, to); });
  }
  Status list(const block::Address& folder, const block::ListOptions& options,
              const std::function<bool(const block::Listed&)>& visit) const override {
    return under_.list(folder, options, visit);
  }
  Result<std::string> begin_upload(const block::Address& address) override {
    return faults_.step([&] { return under_.begin_upload(address); });
  }
  Result<std::unique_ptr<block::Writer>> upload_part(const block::Address& address, std::string_view id,
                                                     int number) override {
    ASSIGN_OR_RETURN(auto writer, faults_.step([&] { return under_.upload_part(address, id, number); }));
    return std::unique_ptr<block::Writer>(std::make_unique<Writer>(std::move(writer), faults_));
  }
  Result<std::vector<block::Part>> list_parts(const block::Address& address,
                                              std::string_view id) const override {
    return under_.list_parts(address, id);
  }
  Result<block::Properties> complete_upload(const block::Address& address, std::string_view id,
                                            std::span<const block::Part> parts) override {
    return faults_.step([&] { return under_.complete_upload(address, id, parts); });
  }
  Status abort_upload(const block::Address& address, std::string_view id) override {
    return faults_.step([&] { return under_.abort_upload(address, id); });
  }
  Result<std::string> presign(const block::Address& address,
                              const block::PresignRequest& request) const override {
    return under_.presign(address, request);
  }

 private:
  class Writer final : public block::Writer {
   public:
    Writer(std::unique_ptr<block::Writer> under, Faults& faults)
        : under_(std::move(under)), faults_(faults) {}
    Status append(std::span<const std::byte> bytes) override {
      return faults_.step([&] { return under_->append(bytes); });
    }
    Result<block::Written> finish() override {
      return faults_.step([&] { return under_->finish(); });
    }

   private:
    std::unique_ptr<block::Writer> under_;
    Faults& faults_;
  };

  block::Store& under_;
  Faults& faults_;
};

}  // namespace mere::lake

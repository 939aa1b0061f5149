// Small objects of the local store that become durable with the next sync of the lake's state
// (base/shared_log.h), instead of by syncs of their own.
//
// record: | path below the root | 0 | bytes |
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/shared_log.h"
#include "block/local_path.h"

namespace mere::block {

class LocalDisk;

// Any thread may call any method.
class LocalRider final : public SharedLog::Rider {
 public:
  static constexpr std::size_t kMaxObjectBytes = 32u << 10;  // a larger one is not worth writing twice

  // `disk` outlives it; so does `log`, which may be null.
  LocalRider(LocalDisk& disk, SharedLog* log, std::string name);
  ~LocalRider() override;

  // The object at `path` is complete and has its name; neither need be durable when this returns, unless
  // nobody takes the record: then they are. `bytes` are the whole object.
  Status keep(const LocalPath& path, std::string_view bytes, const std::string& subject);

  // Writes the object again even where it lies already: what a dead process wrote may be in memory and not
  // on the disk.
  Status replay(std::string_view record) override;
  Status settle() override;
  Result<std::string> place() const override;
  bool is_empty() const override;
  bool has_written() const override;

 private:
  Status sync(const LocalPath& path, const std::string& subject);

  LocalDisk& disk_;
  SharedLog* const log_;
  const std::string name_;
};

}  // namespace mere::block

// Multipart uploads on disk. One is a folder `root`/.mere-uploads/<id>-<address>, <id> 32 random hex
// digits, <address> the first 32 hex digits of the SHA-256 of the object's path below the root; so an
// id is worth nothing with another address. In it a file for each part:
//
//   00007.0000000002.5d41402abc4b2a76b9719d911017c592
//   number            MD5 of the contents
//         sequence: 1, and one more for each upload of the same part; the highest counts
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "block/local_disk.h"
#include "block/local_file.h"
#include "block/local_path.h"
#include "block/store.h"

namespace mere::block {

// Any thread may call any method. `path` is the object's, below the root; `address` is for errors.
class LocalUploads {
 public:
  explicit LocalUploads(LocalDisk& disk) : disk_(disk) {}  // `disk` outlives it

  Result<std::string> begin(const LocalPath& path);
  Result<std::unique_ptr<Writer>> part(const LocalPath& path, const Address& address, std::string_view id,
                                       int number);
  Result<std::vector<Part>> parts(const LocalPath& path, const Address& address, std::string_view id);
  Result<Properties> complete(const LocalPath& path, const Address& address, std::string_view id,
                              std::span<const Part> parts);
  Status abort(const LocalPath& path, const Address& address, std::string_view id);

 private:
  struct Stored {
    std::uint64_t sequence = 0;
    std::string md5;
    std::string name;
  };
  using StoredParts = std::map<int, Stored>;

  Result<std::shared_ptr<const Folder>> find(const std::string& name, const Address& address);
  Result<StoredParts> read(const Folder& folder, const Address& address) const;
  Status publish_part(LocalFile& file, const std::string& upload, const Address& address, int number,
                      const std::string& md5);
  Status discard(const std::string& name, const Address& address);

  LocalDisk& disk_;
  std::array<std::mutex, 16> publishing_;  // one part of an upload at a time takes a sequence number
};

}  // namespace mere::block

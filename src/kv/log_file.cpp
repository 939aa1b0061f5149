#include "kv/log_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/crc.h"
#include "base/little_endian.h"

namespace mere::kv {
namespace {

constexpr std::size_t kBlock = 32u << 10;
constexpr std::size_t kFragmentHeader = 7;
constexpr std::size_t kRecordHeader = 12;
enum Type : unsigned char { whole = 1, first = 2, middle = 3, last = 4 };

struct Fragment {
  unsigned char type;
  std::string_view data;
};

// The intact fragment that `bytes` begin with.
std::optional<Fragment> fragment_of(std::string_view bytes) {
  if (bytes.size() < kFragmentHeader) return std::nullopt;
  const auto type = static_cast<unsigned char>(bytes[6]);
  const auto size = std::size_t{load_u16(bytes.data() + 4)};
  if (type < whole || type > last || size > bytes.size() - kFragmentHeader) return std::nullopt;
  if (masked_crc32c(bytes.substr(6, 1 + size)) != load_u32(bytes.data())) return std::nullopt;
  return Fragment{type, bytes.substr(kFragmentHeader, size)};
}

// Puts fragments together.
class Assembler {
 public:
  // A record that `fragment` completes; it stays until the next call.
  std::optional<LoggedWrites> add(const Fragment& fragment) {
    if (fragment.type == whole || fragment.type == first) {
      record_.clear();
      begun_ = true;
    }
    if (!begun_) return std::nullopt;
    record_.append(fragment.data);
    if (fragment.type == first || fragment.type == middle) return std::nullopt;
    begun_ = false;
    if (record_.size() < kRecordHeader) return std::nullopt;
    const std::string_view record = record_;
    return LoggedWrites{load_u64(record.data()), load_u32(record.data() + 8), record};
  }
  void lost_some() { begun_ = false; }

 private:
  std::string record_;
  bool begun_ = false;
};

}  // namespace

std::vector<LogFile> logs_in(const std::string& folder) {
  std::vector<LogFile> logs;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".log") continue;
    logs.push_back({std::strtoull(entry.path().stem().c_str(), nullptr, 10), entry.path()});
  }
  std::sort(logs.begin(), logs.end(), [](const LogFile& a, const LogFile& b) { return a.number < b.number; });
  return logs;
}

Status for_each_logged(const std::string& file, const std::function<void(LoggedWrites)>& visit) {
  std::ifstream in(file, std::ios::binary);
  std::string memory(kBlock, '\0');
  Assembler assembler;
  while (in) {
    in.read(memory.data(), static_cast<std::streamsize>(memory.size()));
    std::string_view block(memory.data(), static_cast<std::size_t>(in.gcount()));
    while (block.size() >= kFragmentHeader) {
      const auto fragment = fragment_of(block);
      if (!fragment) {
        assembler.lost_some();
        block.remove_prefix(1);
        continue;
      }
      if (const auto writes = assembler.add(*fragment)) visit(*writes);
      block.remove_prefix(kFragmentHeader + fragment->data.size());
    }
  }
  if (!in.eof()) return Error{Code::io_error, "cannot read " + file};
  return {};
}

}  // namespace mere::kv

#include "block/journal_record.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/hash.h"

namespace mere::block {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMagic = 0x314a524d;  // "MRJ1"
constexpr std::size_t kHead = 16;
constexpr std::size_t kAlignment = 8;

std::uint32_t load(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void store(std::string& out, std::size_t offset, std::uint32_t value) {
  std::memcpy(out.data() + offset, &value, sizeof value);
}

std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

struct Found {
  JournalRecord record;
  std::size_t size;
};

// The record that begins `bytes`, if it is whole.
std::optional<Found> record_at(std::string_view bytes) {
  if (bytes.size() < kHead || load(bytes, 0) != kMagic) return std::nullopt;
  const std::uint64_t path_size = load(bytes, 8);
  const std::uint64_t bytes_size = load(bytes, 12);
  const std::uint64_t size = kHead + path_size + bytes_size;
  if (size > bytes.size() || crc32c(bytes.substr(8, size - 8)) != load(bytes, 4)) return std::nullopt;
  return Found{{bytes.substr(kHead, path_size), bytes.substr(kHead + path_size, bytes_size)}, aligned(size)};
}

}  // namespace

void append_journal_record(std::string& out, std::string_view path, std::span<const std::byte> bytes) {
  const std::size_t begin = out.size();
  out.append(kHead, '\0').append(path).append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  store(out, begin, kMagic);
  store(out, begin + 8, static_cast<std::uint32_t>(path.size()));
  store(out, begin + 12, static_cast<std::uint32_t>(bytes.size()));
  store(out, begin + 4, crc32c(std::string_view(out).substr(begin + 8)));
  out.resize(begin + aligned(out.size() - begin), '\0');
}

bool for_each_journal_record(std::string_view journal, const std::function<void(JournalRecord)>& visit) {
  bool passed_over = false;
  bool damaged = false;
  for (std::size_t at = 0; at + kHead <= journal.size();) {
    const auto found = record_at(journal.substr(at));
    if (!found) {
      passed_over = true;
      at += kAlignment;
      continue;
    }
    damaged = damaged || passed_over;
    visit(found->record);
    at += found->size;
  }
  return damaged;
}

}  // namespace mere::block

#include "tree/table_format.h"

#include "base/crc.h"
#include "base/wire.h"

namespace mere::tree {
namespace {

constexpr std::string_view kMagic("\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8);
constexpr std::string_view kLegacyMagic("\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
constexpr std::size_t kHandlesBytes = 40;
constexpr char kCrc32cType = 1;

Error bad_footer(const char* why) {
  return {Code::corrupt, why};
}

}  // namespace

void append_handle(std::string& out, BlockHandle handle) {
  append_uvarint(out, handle.offset);
  append_uvarint(out, handle.size);
}

bool take_handle(std::string_view& in, BlockHandle& handle) {
  return take_uvarint(in, handle.offset) && take_uvarint(in, handle.size);
}

std::uint32_t trailer_checksum(std::string_view block_and_compression_byte) {
  return masked_crc32c(block_and_compression_byte);
}

std::string encode_footer(const Footer& footer) {
  std::string out(1, kCrc32cType);
  append_handle(out, footer.metaindex);
  append_handle(out, footer.index);
  out.resize(1 + kHandlesBytes);
  append_u32(out, kFormatVersion);
  out += kMagic;
  return out;
}

Result<Footer> decode_footer(std::string_view tail) {
  std::string_view handles;
  if (tail.ends_with(kMagic) && tail.size() >= kFooterBytes) {
    const std::string_view footer = tail.substr(tail.size() - kFooterBytes);
    const std::uint32_t version = load_u32(footer.data() + 1 + kHandlesBytes);
    if (footer[0] != kCrc32cType) return bad_footer("table: its checksums are not CRC-32C");
    if (version < 1 || version > kFormatVersion) return bad_footer("table: format version is not 0 to 2");
    handles = footer.substr(1, kHandlesBytes);
  } else if (tail.ends_with(kLegacyMagic) && tail.size() >= kLegacyFooterBytes) {
    handles = tail.substr(tail.size() - kLegacyFooterBytes, kHandlesBytes);
  } else {
    return bad_footer("table: no footer at its end");
  }
  Footer footer;
  if (!take_handle(handles, footer.metaindex) || !take_handle(handles, footer.index)) {
    return bad_footer("table: malformed footer");
  }
  return footer;
}

}  // namespace mere::tree

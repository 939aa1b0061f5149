// Documents from outside: what is read can be written and is read again as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/xml.h"

namespace {

using namespace mere;

void write(XmlWriter& writer, const XmlElement& element) {
  if (element.children.empty()) {
    writer.element(element.name, element.text);
    return;
  }
  writer.open(element.name);
  for (const XmlElement& child : element.children) write(writer, child);
  writer.close();
}

// Text beside children is not written: no document of S3's has any.
void check_equal(const XmlElement& a, const XmlElement& b) {
  MERE_CHECK(a.name == b.name && a.children.size() == b.children.size());
  if (a.children.empty()) MERE_CHECK(a.text == b.text);
  for (std::size_t i = 0; i < a.children.size(); ++i) check_equal(a.children[i], b.children[i]);
}

std::size_t depth_of(const XmlElement& element) {
  std::size_t deepest = 0;
  for (const XmlElement& child : element.children) deepest = std::max(deepest, depth_of(child));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const XmlLimits limits{.max_bytes = 4096, .max_depth = 8, .max_elements = 100};
  const auto parsed = parse_xml({reinterpret_cast<const char*>(data), size}, limits);
  if (!parsed) {
    MERE_CHECK(parsed.error().code == Code::invalid_argument);
    return 0;
  }
  MERE_CHECK(size <= limits.max_bytes && depth_of(*parsed) <= limits.max_depth);

  std::string written;
  XmlWriter writer(written);
  write(writer, *parsed);
  const auto again = parse_xml(written);
  MERE_CHECK(again.has_value());
  check_equal(*parsed, *again);
  return 0;
}

// XML as S3 and Azure use it: small documents of elements and text.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mere {

// An element with its text and its children; attributes and namespaces are dropped ("s3:Key" is "Key").
struct XmlElement {
  std::string name;
  std::string text;  // all character data directly inside, entities of XML itself resolved
  std::vector<XmlElement> children;

  // The first child of that name, or null.
  const XmlElement* child(std::string_view wanted) const;
  // The first child's text; "" if there is none.
  std::string_view text_of(std::string_view wanted) const;
};

struct XmlLimits {
  std::size_t max_bytes = 4u << 20;
  std::size_t max_depth = 32;
  std::size_t max_elements = 100'000;
};

// `invalid_argument` for what is no well-formed UTF-8 document, for any document type declaration (and so for
// every entity but XML's own five), and past a limit. Thread-safe.
Result<XmlElement> parse_xml(std::string_view document, const XmlLimits& limits = {});

// Appends a document to a string, unindented, in the order of the calls. Text is escaped as Go's encoding/xml
// does (contract: S3 gateway, section 6): '"' is &#34;, '\'' is &#39;, tab &#x9;, newline &#xA;, return
// &#xD;, and what XML 1.0 cannot hold becomes U+FFFD.
class XmlWriter {
 public:
  explicit XmlWriter(std::string& out);  // writes the declaration and a newline; `out` outlives this
  void open(std::string_view name, std::string_view xmlns = {});
  void close();  // the innermost open element
  void element(std::string_view name, std::string_view text);
  // Templates, because a string literal would rather become a bool than a string_view.
  template <std::integral T>
  void element(std::string_view name, T number) {
    if constexpr (std::same_as<T, bool>) {
      element(name, std::string_view(number ? "true" : "false"));
    } else {
      element(name, std::string_view(std::to_string(number)));
    }
  }

 private:
  void append_escaped(std::string_view text);
  std::string& out_;
  std::vector<std::string> open_;
};

}  // namespace mere

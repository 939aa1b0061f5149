#include "base/xml.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>

#include "base/check.h"
#include "base/encoding.h"

namespace mere {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

// XML 1.0, production 4, of what may stand within a name: "7", "-", "." and some marks cannot begin one.
bool starts_a_name(std::string_view name) {
  if (name.empty() || name[0] == '-' || name[0] == '.' || (name[0] >= '0' && name[0] <= '9')) return false;
  const auto at = [&](std::size_t i) { return i < name.size() ? static_cast<unsigned char>(name[i]) : 0u; };
  const unsigned two = at(0) << 8 | at(1);
  if (two == 0xc2b7 || (two >= 0xcc80 && two <= 0xcdaf)) return false;            // U+00B7, U+0300 to U+036F
  return !name.starts_with("\xe2\x80\xbf") && !name.starts_with("\xe2\x81\x80");  // U+203F, U+2040
}

// The tree under construction. A pointer in `open` stays valid: an element's children grow only while it is
// the innermost that is open.
struct Builder {
  XML_Parser parser;
  const XmlLimits& limits;
  XmlElement root;
  std::vector<XmlElement*> open;
  std::size_t elements = 0;
  const char* refused = nullptr;

  // The callbacks are called from C: nothing may be thrown through it.
  template <class F>
  void guarded(F&& step) noexcept {
    if (refused) return;
    try {
      step();
    } catch (...) {
      refuse("out of memory");
    }
  }
  void refuse(const char* why) noexcept {
    refused = why;
    XML_StopParser(parser, XML_FALSE);
  }

  static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char**) {
    auto& builder = *static_cast<Builder*>(self);
    builder.guarded([&] { builder.begin(name); });
  }
  static void XMLCALL on_end(void* self, const XML_Char*) {
    auto& builder = *static_cast<Builder*>(self);
    builder.guarded([&] { builder.open.pop_back(); });
  }
  static void XMLCALL on_text(void* self, const XML_Char* text, int size) {
    auto& builder = *static_cast<Builder*>(self);
    builder.guarded([&] { builder.open.back()->text.append(text, static_cast<std::size_t>(size)); });
  }
  static void XMLCALL on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Builder*>(self)->refuse("document type declarations are not taken");
  }

  void begin(std::string_view name) {
    if (open.size() == limits.max_depth) return refuse("too deeply nested");
    if (elements++ == limits.max_elements) return refuse("too many elements");
    if (const auto colon = name.rfind(':'); colon != name.npos) {
      name.remove_prefix(colon + 1);
      if (!starts_a_name(name)) return refuse("an element has no name behind its prefix");
    }
    XmlElement* element = &root;
    if (!open.empty()) element = &open.back()->children.emplace_back();
    element->name = name;
    open.push_back(element);
  }
};

Error refused(std::string_view why) {
  return {Code::invalid_argument, "XML: " + std::string(why)};
}

// XML 1.0, production 2: what a document may hold, beside the escapes.
bool is_xml_character(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]) >= 0x20;
  return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf";  // U+FFFE, U+FFFF
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    case '\t':
      return "&#x9;";
    case '\n':
      return "&#xA;";
    case '\r':
      return "&#xD;";
    default:
      return {};
  }
}

constexpr bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '&' &&
         c != '<' && c != '>' && c != '"' && c != '\'';
}

// By byte: listings are escaped by the megabyte.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0; c < plain.size(); ++c) plain[c] = is_plain(static_cast<char>(c));
  return plain;
}();

// How much at the beginning of `text` needs no escape.
std::size_t plain_size(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(),
                                    [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const XmlElement& each) { return each.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view wanted) const {
  const XmlElement* found = child(wanted);
  return found ? std::string_view(found->text) : std::string_view();
}

Result<XmlElement> parse_xml(std::string_view document, const XmlLimits& limits) {
  if (document.size() > std::min<std::size_t>(limits.max_bytes, INT_MAX)) return refused("too large");
  // UTF-8 whatever the declaration says: the other encodings would be a second way to write the same bytes.
  const Parser parser(XML_ParserCreate("UTF-8"));
  if (!parser) return Error{Code::internal, "XML: out of memory"};
  Builder builder{.parser = parser.get(), .limits = limits, .root = {}, .open = {}};
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), Builder::on_start, Builder::on_end);
  XML_SetCharacterDataHandler(parser.get(), Builder::on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), Builder::on_doctype);
  XML_SetParamEntityParsing(parser.get(), XML_PARAM_ENTITY_PARSING_NEVER);
  const auto outcome = XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (builder.refused) return refused(builder.refused);
  if (outcome != XML_STATUS_OK) {
    return refused("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                   XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  return std::move(builder.root);
}

XmlWriter::XmlWriter(std::string& out) : out_(out) {
  out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
}

void XmlWriter::open(std::string_view name, std::string_view xmlns) {
  out_ += '<';
  out_ += name;
  if (!xmlns.empty()) {
    out_ += " xmlns=\"";
    append_escaped(xmlns);
    out_ += '"';
  }
  out_ += '>';
  open_.emplace_back(name);
}

void XmlWriter::close() {
  MERE_CHECK(!open_.empty());
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
}

void XmlWriter::element(std::string_view name, std::string_view text) {
  // Nearly always, and lists have thousands of them: one growth for all pieces.
  if (plain_size(text) == text.size()) {
    const std::size_t begin = out_.size();
    out_.resize(begin + 2 * name.size() + text.size() + 5);
    char* to = out_.data() + begin;
    const auto put = [&to](std::string_view piece) { to = std::copy(piece.begin(), piece.end(), to); };
    put("<");
    put(name);
    put(">");
    put(text);
    put("</");
    put(name);
    put(">");
    return;
  }
  out_ += '<';
  out_ += name;
  out_ += '>';
  append_escaped(text);
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void XmlWriter::append_escaped(std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = plain_size(text);
    out_.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;

    if (const std::string_view escape = escape_of(text.front()); !escape.empty()) {
      out_ += escape;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t size = utf8_sequence(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    out_ += size > 0 && is_xml_character(character) ? character : "\xef\xbf\xbd";
    text.remove_prefix(character.size());
  }
}

}  // namespace mere

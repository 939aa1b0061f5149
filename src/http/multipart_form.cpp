#include "http/multipart_form.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/encoding.h"
#include "http/request_head.h"

namespace mere::http {
namespace {

constexpr std::size_t kWindow = 64u << 10;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 section 5.1.1
constexpr std::string_view kLineEnd = "\r\n";

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A field value such as `form-data; name="a b"; filename=c`.
struct ValueWithParameters {
  std::string value;
  std::vector<std::pair<std::string, std::string>> parameters;

  const std::string* find(std::string_view name) const {
    for (const auto& [key, parameter] : parameters) {
      if (equal_ignoring_case(key, name)) return &parameter;
    }
    return nullptr;
  }
};

// Takes a token or a quoted string from the front. Only \" and \\ are escapes: some browsers send the
// backslashes of a Windows path as they are.
std::optional<std::string> take_word(std::string_view& text) {
  if (text.empty() || text.front() != '"') {
    const std::string_view word = trim(text.substr(0, text.find(';')));
    text.remove_prefix(std::min(text.size(), text.find(';')));
    return std::string(word);
  }
  std::string word;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return word;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    word.push_back(text[i]);
  }
  return std::nullopt;
}

std::optional<ValueWithParameters> parse_parameters(std::string_view text) {
  ValueWithParameters parsed;
  parsed.value = trim(text.substr(0, text.find(';')));
  text.remove_prefix(std::min(text.size(), text.find(';')));
  while (!text.empty()) {
    text.remove_prefix(1);  // ';'
    text = trim(text);
    if (text.empty() || text.front() == ';') continue;
    const std::size_t equals = text.find('=');
    if (equals == text.npos) return std::nullopt;
    const std::string_view name = trim(text.substr(0, equals));
    if (!is_token(name)) return std::nullopt;
    text = trim(text.substr(equals + 1));
    auto word = take_word(text);
    text = trim(text);
    if (!word || (!text.empty() && text.front() != ';')) return std::nullopt;
    parsed.parameters.emplace_back(std::string(name), *std::move(word));
  }
  return parsed;
}

// `UTF-8''a%20b` of RFC 8187, which some clients send although RFC 7578 tells them not to.
std::optional<std::string> decode_extended(std::string_view text) {
  constexpr std::string_view kCharset = "utf-8'";
  if (text.size() < kCharset.size() || !equal_ignoring_case(text.substr(0, kCharset.size()), kCharset)) {
    return std::nullopt;
  }
  const std::size_t quote = text.find('\'', kCharset.size());
  if (quote == text.npos) return std::nullopt;
  return percent_decode(text.substr(quote + 1));
}

Error malformed(const char* what) {
  return Error{Code::invalid_argument, std::string("the form is malformed: ") + what};
}

Result<FormPart> describe(Headers headers) {
  FormPart part;
  const auto disposition = parse_parameters(headers.get("Content-Disposition"));
  if (!disposition || !equal_ignoring_case(disposition->value, "form-data")) {
    return malformed("a part's Content-Disposition");
  }
  const std::string* name = disposition->find("name");
  if (!name) return malformed("a part has no name");
  part.name = *name;
  if (const std::string* filename = disposition->find("filename")) {
    part.filename = *filename;
  } else if (const std::string* extended = disposition->find("filename*")) {
    part.filename = decode_extended(*extended);
  }
  part.content_type = headers.get("Content-Type");
  part.headers = std::move(headers);
  return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto parsed = parse_parameters(content_type);
  if (!parsed || !equal_ignoring_case(parsed->value, "multipart/form-data")) return std::nullopt;
  const std::string* boundary = parsed->find("boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary || boundary->back() == ' ' ||
      !is_field_value(*boundary)) {
    return std::nullopt;
  }
  return *boundary;
}

class MultipartForm::PartBody final : public BodyReader {
 public:
  PartBody(MultipartForm& form, std::size_t number) : form_(form), number_(number) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    return form_.read_part(number_, into);
  }

 private:
  MultipartForm& form_;
  const std::size_t number_;
};

MultipartForm::MultipartForm(BodyReader& body, const std::string& boundary, Limits limits)
    : body_(body),
      delimiter_("\r\n--" + boundary),
      limits_(limits),
      buffer_(std::make_unique_for_overwrite<char[]>(kWindow)) {
  MERE_CHECK(!boundary.empty() && boundary.size() <= kMaxBoundary && limits_.header_bytes < kWindow / 2);
  // The first delimiter may stand at the very beginning, without the CRLF that all others have.
  std::memcpy(buffer_.get(), kLineEnd.data(), kLineEnd.size());
  end_ = kLineEnd.size();
}

MultipartForm::~MultipartForm() = default;

Task<Result<std::optional<FormPart>>> MultipartForm::next() {
  if (finished_) co_return std::optional<FormPart>();
  std::size_t passed = 0;
  do {  // the rest of the part before, or what precedes the first
    begin_ += data_;
    passed += std::exchange(data_, 0);
    if (part_ == 0 && passed > limits_.header_bytes)
      co_return malformed("it does not begin with its boundary");
    CO_RETURN_IF_ERROR(co_await find_data());
  } while (data_ > 0);
  CO_ASSIGN_OR_RETURN(const bool another, co_await read_delimiter());
  if (!another) {
    finished_ = true;
    ++part_;
    co_return std::optional<FormPart>();
  }
  if (part_ == limits_.parts) co_return Error{Code::too_large, "the form has too many parts"};
  CO_ASSIGN_OR_RETURN(Headers headers, co_await read_headers());
  CO_ASSIGN_OR_RETURN(FormPart part, describe(std::move(headers)));
  part.body = std::make_unique<PartBody>(*this, ++part_);
  co_return std::optional<FormPart>(std::move(part));
}

Task<Result<std::size_t>> MultipartForm::read_part(std::size_t number, std::span<std::byte> into) {
  MERE_CHECK(!into.empty());
  if (number != part_) co_return Error{Code::cancelled, "the form's part is over"};
  CO_RETURN_IF_ERROR(co_await find_data());
  const std::size_t count = std::min(into.size(), data_);
  std::memcpy(into.data(), buffer_.get() + begin_, count);
  begin_ += count;
  data_ -= count;
  co_return count;
}

// Afterwards either data_ > 0, or the delimiter is at the front of the window.
Task<Status> MultipartForm::find_data() {
  while (data_ == 0 && !delimiter_next_) {
    const std::string_view bytes = window();
    const std::size_t at = bytes.find(delimiter_);
    if (at != bytes.npos) {
      data_ = at;
      delimiter_next_ = true;
    } else if (bytes.size() >= delimiter_.size()) {
      data_ = bytes.size() - delimiter_.size() + 1;  // the rest may be the delimiter's beginning
    } else {
      CO_RETURN_IF_ERROR(co_await fill());
    }
  }
  co_return Status();
}

// Past the delimiter and its line; false if it was the last.
Task<Result<bool>> MultipartForm::read_delimiter() {
  MERE_CHECK(delimiter_next_ && data_ == 0);
  begin_ += delimiter_.size();
  delimiter_next_ = false;
  bool padding = false;
  while (true) {
    while (window().size() < 2) CO_RETURN_IF_ERROR(co_await fill());
    const std::string_view bytes = window();
    if (bytes.starts_with("--") && !padding) co_return false;
    if (bytes.starts_with(kLineEnd)) {
      begin_ += kLineEnd.size();
      co_return true;
    }
    // RFC 2046 lets a transport pad the line with white space.
    if (bytes.front() != ' ' && bytes.front() != '\t') co_return malformed("a boundary's line");
    padding = true;
    ++begin_;
  }
}

Task<Result<Headers>> MultipartForm::read_headers() {
  Headers headers;
  std::size_t used = 0;
  while (true) {
    std::size_t end = 0;
    while ((end = window().find(kLineEnd)) == std::string_view::npos) {
      if (used + window().size() > limits_.header_bytes) break;
      CO_RETURN_IF_ERROR(co_await fill());
    }
    if (end == std::string_view::npos || used + end > limits_.header_bytes) {
      co_return Error{Code::too_large, "the header of a form's part is too large"};
    }
    const std::string_view line = window().substr(0, end);
    begin_ += end + kLineEnd.size();
    used += end + kLineEnd.size();
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)) || !is_field_value(line.substr(colon + 1))) {
      co_return malformed("a part's header field");
    }
    headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }
  // The delimiter of a part without content may share the CRLF that ends the header.
  begin_ -= kLineEnd.size();
  while (window().size() < delimiter_.size() && delimiter_.starts_with(window())) {
    CO_RETURN_IF_ERROR(co_await fill());
  }
  if (!window().starts_with(delimiter_)) begin_ += kLineEnd.size();
  co_return headers;
}

Task<Status> MultipartForm::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::span<char> space(buffer_.get() + end_, kWindow - end_);
  MERE_CHECK(!space.empty());
  CO_ASSIGN_OR_RETURN(const std::size_t count, co_await body_.read(std::as_writable_bytes(space)));
  if (count == 0) co_return malformed("it ends before its last boundary");
  end_ += count;
  co_return Status();
}

}  // namespace mere::http

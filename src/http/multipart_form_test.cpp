#include "http/multipart_form.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/executor.h"

namespace mere::http {
namespace {

// A body that arrives in pieces of `step` bytes.
class PiecewiseBody final : public BodyReader {
 public:
  PiecewiseBody(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), step_, bytes_.size() - position_});
    std::copy_n(bytes_.data() + position_, count, reinterpret_cast<char*>(into.data()));
    position_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t position_ = 0;
};

struct ReadPart {
  std::string name;
  std::optional<std::string> filename;
  std::string content_type;
  std::string content;

  friend bool operator==(const ReadPart&, const ReadPart&) = default;
};

Task<Result<std::vector<ReadPart>>> read_parts(BodyReader& body, std::string boundary,
                                               MultipartForm::Limits limits) {
  MultipartForm form(body, boundary, limits);
  std::vector<ReadPart> parts;
  while (true) {
    CO_ASSIGN_OR_RETURN(auto part, co_await form.next());
    if (!part) co_return parts;
    CO_ASSIGN_OR_RETURN(std::string content, co_await read_all(part->body.get(), 10u << 20));
    parts.push_back({part->name, part->filename, part->content_type, std::move(content)});
  }
}

Result<std::vector<ReadPart>> parts_of(std::string bytes, std::string boundary = "B", std::size_t step = 1000,
                                       MultipartForm::Limits limits = {}) {
  PiecewiseBody body(std::move(bytes), step);
  BlockingExecutor executor;
  return executor.run(read_parts(body, std::move(boundary), limits));
}

std::string part(std::string_view name, std::string_view content) {
  return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

TEST(MultipartBoundary, IsTakenFromTheContentType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=x; Boundary=\"a b;c\""), "a b;c");
  EXPECT_EQ(multipart_boundary("multipart/form-data;boundary=\"a\\\"b\" ;"), "a\"b");
  for (const char* type :
       {"", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=a",
        "multipart/form-data; boundary=\"abc", "multipart/form-data; boundary=\"a \"",
        "multipart/mixed; boundary=abc", "multipart/form-data; boundary=\"a\"b"}) {
    EXPECT_EQ(multipart_boundary(type), std::nullopt) << type;
  }
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
}

TEST(MultipartForm, YieldsItsPartsInOrder) {
  const auto parts = parts_of(
      "--B\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a \\\"b\\\".txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nhello\r\n--not it\r\n--\r\n"
      "\r\n--B\r\ncontent-disposition: form-data; name=x\r\n\r\n\r\n--B--\r\nepilogue");

  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(*parts, (std::vector<ReadPart>{
                        {"content", "a \"b\".txt", "text/plain", "hello\r\n--not it\r\n--\r\n"},
                        {"x", std::nullopt, "", ""},
                    }));
}

TEST(MultipartForm, SkipsWhatPrecedesTheFirstPartAndPadding) {
  const auto parts =
      parts_of("preamble\r\n--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--");

  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(parts->at(0).content, "1");
}

TEST(MultipartForm, APartWithoutContentMayShareItsLineEnd) {
  for (std::size_t step = 1; step < 20; ++step) {
    const auto parts = parts_of("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--", "B", step);

    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ(parts->at(0).content, "");
  }
}

TEST(MultipartForm, MayHaveNoParts) {
  const auto parts = parts_of("--B--\r\n");

  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->empty());
}

TEST(MultipartForm, KnowsExtendedFilenames) {
  const auto parts = parts_of(
      "--B\r\nContent-Disposition: form-data; name=a; filename*=utf-8''caf%C3%A9.txt\r\n\r\n1\r\n--B--");

  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(parts->at(0).filename, "caf\xc3\xa9.txt");
}

TEST(MultipartForm, MalformedFormsAreRefused) {
  for (const char* form :
       {"", "--B", "--B\r\n", "--C--", "--BX\r\n", "--B --", "--B\r\nX\r\n\r\n--B--",
        "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--",
        "--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name\r\n\r\n1\r\n--B--", "--B\r\n\r\n1\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B",
        "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1"}) {
    const auto parts = parts_of(form);

    ASSERT_FALSE(parts) << form;
    EXPECT_EQ(parts.error().code, Code::invalid_argument) << form;
  }
}

TEST(MultipartForm, IsBounded) {
  std::string many;
  for (int i = 0; i < 4; ++i) many += part("p", "1");

  EXPECT_EQ(parts_of(many + "--B--", "B", 1000, {100, 3}).error().code, Code::too_large);
  EXPECT_TRUE(parts_of(many + "--B--", "B", 1000, {100, 4}));
  EXPECT_EQ(parts_of(part(std::string(100, 'n'), "") + "--B--", "B", 1000, {100, 4}).error().code,
            Code::too_large);
  EXPECT_FALSE(parts_of(std::string(100'000, 'x') + "\r\n" + part("a", "1") + "--B--"));
}

TEST(MultipartForm, ALaterPartSkipsTheRestOfTheOneBefore) {
  PiecewiseBody body(part("big", std::string(1'000'000, 'x')) + part("small", "s") + "--B--", 7777);
  BlockingExecutor executor;
  MultipartForm form(body, "B");
  auto first = executor.run(form.next());
  std::byte one[1];
  ASSERT_EQ(*executor.run((*first)->body->read(one)), 1u);

  auto second = executor.run(form.next());
  const auto late = executor.run((*first)->body->read(one));

  EXPECT_EQ((*second)->name, "small");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::cancelled);
  EXPECT_EQ(*executor.run(read_all((*second)->body.get(), 100)), "s");
  EXPECT_FALSE(executor.run(form.next())->has_value());
}

RC_GTEST_PROP(MultipartForm, GivesBackWhatWasSentHoweverItArrives, ()) {
  // Content made of what delimiters are made of.
  const auto contents = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::element('\r', '\n', '-', 'B', 'x')));
  std::string bytes;
  std::vector<ReadPart> sent;
  for (const std::string& content : contents) {
    RC_PRE(("\r\n" + content + "\r\n").find("\r\n--B") == std::string::npos);
    bytes += part("n", content);
    sent.push_back({"n", std::nullopt, "", content});
  }

  const auto parts = parts_of(bytes + "--B--", "B", *rc::gen::inRange<std::size_t>(1, 40));

  RC_ASSERT(parts.has_value());
  RC_ASSERT(*parts == sent);
}

}  // namespace
}  // namespace mere::http

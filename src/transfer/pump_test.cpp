#include "transfer/pump.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace mere::transfer {
namespace {

// Gives at most `step` bytes a read, and an error at the end if told so.
class SlowBody final : public http::BodyReader {
 public:
  SlowBody(std::string bytes, std::size_t step, bool fails)
      : bytes_(std::move(bytes)), step_(step), fails_(fails) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), step_, bytes_.size() - at_});
    if (count == 0 && fails_) co_return Error{Code::cancelled, "gone"};
    std::memcpy(into.data(), bytes_.data() + at_, count);
    at_ += count;
    co_return count;
  }
  std::size_t taken() const { return at_; }

 private:
  std::string bytes_;
  std::size_t step_;
  bool fails_;
  std::size_t at_ = 0;
};

struct Sink {
  Status open() {
    ++opened;
    return refuses ? Status(Error{Code::permission_denied, "no"}) : Status();
  }
  Status append(const block::SharedBytes& shared) {
    take_held();
    held = shared;
    pieces.push_back(shared.bytes.size());
    return {};
  }
  Result<std::size_t> close() {
    take_held();
    closed = true;
    return content.size();
  }
  // A piece is looked at as late as may be: by then its bytes must not be those of another.
  void take_held() {
    content.append(reinterpret_cast<const char*>(held.bytes.data()), held.bytes.size());
    held = {};
  }
  bool refuses = false;
  int opened = 0;
  bool closed = false;
  std::string content;
  std::vector<std::size_t> pieces;
  block::SharedBytes held;
};

Result<std::size_t> run(http::BodyReader* body, std::optional<std::uint64_t> size, Sink& sink,
                        MemoryBudget* memory = nullptr) {
  BlockingExecutor executor;
  return executor.run(pump(body, size, inline_work_queue(), executor, memory, sink));
}

class Sizes : public testing::TestWithParam<std::size_t> {};

TEST_P(Sizes, ArriveWhole) {
  std::string content(GetParam(), '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 % 251);
  for (const bool known : {true, false}) {
    SlowBody body(content, 1000, false);
    Sink sink;

    const auto closed = run(&body, known ? std::optional<std::uint64_t>(content.size()) : std::nullopt, sink);

    ASSERT_TRUE(closed);
    EXPECT_EQ(sink.content, content);
    EXPECT_EQ(sink.opened, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Pump, Sizes,
                         testing::Values(0, 1, kFirstChunkBytes - 1, kFirstChunkBytes, kFirstChunkBytes + 1,
                                         kFirstChunkBytes + kChunkBytes, 3 * kChunkBytes + 7));

// Its end is told by another thread.
struct LaterSink {
  Status open() { return refuses ? Status(Error{Code::permission_denied, "no"}) : Status(); }
  Status append(const block::SharedBytes& shared) {
    size += shared.bytes.size();
    return {};
  }
  void close_later(std::function<void(Status)> told) {
    teller = std::thread([this, told = std::move(told)] { told(failure ? Status(*failure) : Status()); });
  }
  Result<std::size_t> closed(Status status) {
    ++times_closed;
    if (!status) return Error{Code::conflict, "closed: " + status.error().message};
    return size;
  }
  ~LaterSink() {
    if (teller.joinable()) teller.join();
  }
  bool refuses = false;
  std::optional<Error> failure;
  std::size_t size = 0;
  int times_closed = 0;
  std::thread teller;
};

TEST(Pump, ASinkThatIsToldLaterEndsWithWhatItIsTold) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, 3 * kChunkBytes}) {
    for (const bool works : {true, false}) {
      SlowBody body(std::string(size, 'x'), 1u << 20, false);
      LaterSink sink;
      if (!works) sink.failure = Error{Code::io_error, "no disk"};
      BlockingExecutor executor;

      const auto closed = executor.run(
          pump(&body, std::optional<std::uint64_t>(size), inline_work_queue(), executor, nullptr, sink));

      EXPECT_EQ(sink.times_closed, 1);
      ASSERT_EQ(closed.has_value(), works);
      if (works) EXPECT_EQ(*closed, size);
      if (!works) EXPECT_EQ(closed.error().message, "closed: no disk");
    }
  }
}

TEST(Pump, ASinkThatIsToldLaterIsNotAskedForWhatItRefused) {
  SlowBody body("x", 1, false);
  LaterSink sink;
  sink.refuses = true;
  BlockingExecutor executor;

  const auto closed = executor.run(
      pump(&body, std::optional<std::uint64_t>(1), inline_work_queue(), executor, nullptr, sink));

  EXPECT_EQ(closed.error().code, Code::permission_denied);
  EXPECT_EQ(sink.times_closed, 0);
}

TEST(Pump, NoBodyIsAnEmptyOne) {
  Sink sink;

  EXPECT_EQ(*run(nullptr, std::nullopt, sink), 0u);
  EXPECT_TRUE(sink.closed);
}

TEST(Pump, ABodyThatBreaksOffIsNeverClosed) {
  for (const std::size_t size : {std::size_t{10}, 2 * kChunkBytes}) {
    SlowBody body(std::string(size, 'x'), 1000, true);
    Sink sink;

    const auto closed = run(&body, size + 1, sink);

    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, Code::cancelled);
    EXPECT_FALSE(sink.closed);
  }
}

TEST(Pump, PiecesGrowWithWhatComesAndStaySmallWhereMemoryIsShort) {
  const std::string content(4 * kChunkBytes, 'x');
  for (const std::size_t budget_bytes :
       {std::size_t{0}, kFirstChunkBytes, 3 * kFirstChunkBytes, 8 * kChunkBytes}) {
    MemoryBudget budget(budget_bytes);
    SlowBody body(content, content.size(), false);
    Sink sink;

    ASSERT_TRUE(run(&body, content.size(), sink, &budget));

    EXPECT_EQ(sink.content, content);
    EXPECT_EQ(budget.left(), budget_bytes);
    EXPECT_EQ(sink.pieces[1], kFirstChunkBytes);  // the first is what came before it was opened: nothing
    const std::size_t largest = *std::ranges::max_element(sink.pieces);
    EXPECT_EQ(largest <= kFirstChunkBytes, budget_bytes < 2 * kFirstChunkBytes) << budget_bytes;
    EXPECT_LE(largest, kChunkBytes);
  }
}

TEST(Pump, ABodyThatIsLongerThanAnnouncedArrivesWholeToo) {  // whether it may is the body's matter
  const std::string content(2 * kChunkBytes, 'x');
  for (const std::uint64_t announced : {0ull, 10ull, 100'000ull}) {
    SlowBody body(content, 1000, false);
    Sink sink;

    ASSERT_TRUE(run(&body, announced, sink));

    EXPECT_EQ(sink.content, content);
  }
}

TEST(Pump, ARefusalComesBeforeALargeBodyIsRead) {
  SlowBody body(std::string(4 * kChunkBytes, 'x'), 1000, false);
  Sink sink{.refuses = true};

  const auto closed = run(&body, 4 * kChunkBytes, sink);

  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::permission_denied);
  EXPECT_EQ(body.taken(), 0u);
}

}  // namespace
}  // namespace mere::transfer

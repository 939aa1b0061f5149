// Whatever step of a write goes wrong, and whether or not it was done: a path shows the old object or the
// new one, whole; what was acknowledged is there.
#include <gtest/gtest.h>

#include <future>

#include "lake/test_faults.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

struct Outcome {
  int steps = 0;
  bool acknowledged = false;
};

// One lake, then the same stores behind faults for one operation, then the plain stores again, as after a
// restart.
Outcome run(const Faults& wanted, const std::function<Status(Objects&, const Repository&)>& operation,
            const std::function<void(TestLake&, bool acknowledged)>& check) {
  auto state = kv::make_memory_store();
  auto bytes = block::make_memory_store(system_clock());
  kv::Store& plain_state = *state;
  block::Store& plain_bytes = *bytes;
  TestLake plain(std::move(bytes), std::move(state));
  EXPECT_TRUE(plain.upload("kept", "old bytes"));
  EXPECT_TRUE(plain.upload("path", "old bytes"));
  EXPECT_TRUE(plain.commit());

  Faults faults = wanted;
  bool acknowledged = false;
  {
    FaultyState faulty_state(plain_state, faults);
    FaultyBytes faulty_bytes(plain_bytes, faults);
    tree::Trees trees(faulty_bytes, {});
    Lake lake(faulty_state, faulty_bytes, trees, plain.clock, system_random(), inline_work_queue(),
              inline_work_queue(), test_options());
    acknowledged = operation(lake.objects, plain.repository).has_value();
  }
  check(plain, acknowledged);
  return {faults.steps, acknowledged};
}

// Every step, every kind of fault. Answers how many steps there were.
int run_all(const std::function<Status(Objects&, const Repository&)>& operation,
            const std::function<void(TestLake&, bool acknowledged)>& check) {
  const Outcome whole = run({}, operation, check);
  EXPECT_TRUE(whole.acknowledged);
  for (const auto kind :
       {Faults::Kind::refused, Faults::Kind::uncertain, Faults::Kind::crash, Faults::Kind::crash_after}) {
    for (int step = 0; step < whole.steps; ++step) {
      SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) + ", step " + std::to_string(step));
      run({.kind = kind, .at = step}, operation, check);
    }
  }
  return whole.steps;
}

Result<tree::Entry> finish_in_halves(Upload& upload) {
  std::promise<Status> told;
  upload.finish_later([&](Status status) { told.set_value(std::move(status)); });
  return upload.finished(told.get_future().get());
}

// Both ways to end an upload.
class UploadEnd : public testing::TestWithParam<Result<tree::Entry> (*)(Upload&)> {};
INSTANTIATE_TEST_SUITE_P(AtOnce, UploadEnd, testing::Values([](Upload& upload) { return upload.finish(); }));
INSTANTIATE_TEST_SUITE_P(InHalves, UploadEnd, testing::Values(finish_in_halves));

TEST_P(UploadEnd, InterruptedNeverLeavesAnEntryWithoutItsBytes) {
  const std::string part(1000, 'n');
  const auto upload = [&](Objects& objects, const Repository& repository) -> Status {
    ASSIGN_OR_RETURN(auto upload, objects.begin_upload(repository, kMain, "path", {}));
    RETURN_IF_ERROR(upload->append(std::as_bytes(std::span(part))));
    RETURN_IF_ERROR(upload->append(std::as_bytes(std::span(part))));
    RETURN_IF_ERROR(GetParam()(*upload));
    return {};
  };
  const auto check = [&](TestLake& after, bool acknowledged) {
    const auto text = after.read("path");
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_TRUE(*text == part + part || (*text == "old bytes" && !acknowledged)) << *text;
    EXPECT_EQ(*after.read("kept"), "old bytes");
    ASSERT_TRUE(after.commit("main", "after") || !acknowledged);
    EXPECT_EQ(*after.read("path", "main@"), *text);
  };

  EXPECT_GE(run_all(upload, check), 5);
}

TEST(InterruptedCopy, NeverLeavesAnEntryWithoutItsBytes) {
  const auto copy = [](Objects& objects, const Repository& repository) -> Status {
    RETURN_IF_ERROR(objects.copy(repository, kMain, {.source_path = "kept", .destination_path = "copy"}));
    return {};
  };
  const auto check = [](TestLake& after, bool acknowledged) {
    const auto text = after.read("copy");
    if (text || acknowledged) EXPECT_EQ(*text, "old bytes");
    if (!text) EXPECT_EQ(text.error().code, Code::not_found);
  };

  EXPECT_GE(run_all(copy, check), 2);
}

TEST_P(UploadEnd, RefusedRemovesTheBytesEvenIfTheBranchWentAway) {
  TestLake test;
  ASSERT_TRUE(
      test.lake.engine.refs.create_branch(test.repository, BranchName("dev"), RefExpr("main"), false, false));
  auto upload = test.lake.objects.begin_upload(test.repository, BranchName("dev"), "a", {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE(test.lake.engine.refs.remove_branch(test.repository, BranchName("dev"), false));

  EXPECT_EQ(GetParam()(**upload).error().code, Code::not_found);
  EXPECT_TRUE(test.stored_objects().empty());
}

// Lets somebody else write first, once, where a write does not wait for its turn.
class OvertakenState final : public kv::Store {
 public:
  OvertakenState(kv::Store& under, std::function<void()> other) : under_(under), other_(std::move(other)) {}
  Result<std::optional<std::string>> get(std::string_view key) const override { return under_.get(key); }
  Status write(std::span<const kv::Write> writes, kv::Durability durability) override {
    return under_.write(writes, durability);
  }
  void write_later(std::vector<kv::Write> writes, kv::Durability durability,
                   std::function<void(Status)> told) override {
    if (other_) std::exchange(other_, nullptr)();
    told(under_.write(writes, durability));
  }
  std::unique_ptr<kv::Cursor> scan(std::string_view prefix) const override { return under_.scan(prefix); }
  Status erase_prefix(std::string_view prefix) override { return under_.erase_prefix(prefix); }

 private:
  kv::Store& under_;
  std::function<void()> other_;
};

TEST(OvertakenUpload, IsStagedAfterTheWriteThatCameBetween) {
  auto state = kv::make_memory_store();
  auto bytes = block::make_memory_store(system_clock());
  kv::Store& plain_state = *state;
  block::Store& plain_bytes = *bytes;
  TestLake other(std::move(bytes), std::move(state));
  ASSERT_TRUE(other.upload("b", "theirs"));
  OvertakenState overtaken(plain_state, [&] { ASSERT_TRUE(other.commit()); });
  tree::Trees trees(plain_bytes, {});
  Lake lake(overtaken, plain_bytes, trees, other.clock, system_random(), inline_work_queue(),
            inline_work_queue(), test_options());
  auto upload = lake.objects.begin_upload(other.repository, kMain, "a", {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE((*upload)->append(std::as_bytes(std::span("ours", 4))));

  EXPECT_TRUE(finish_in_halves(**upload));

  EXPECT_EQ(*other.read("a"), "ours");
  EXPECT_EQ(other.read("a", "main@").error().code, Code::not_found);
  EXPECT_EQ(*other.read("b", "main@"), "theirs");
}

}  // namespace
}  // namespace mere::lake

// Whatever step of an upload in parts goes wrong, and whether or not it was done: the path shows the old
// object or the new one, whole; what was acknowledged is there; and the upload can be completed again, or
// its entry is there.
#include <gtest/gtest.h>

#include "lake/multipart_repeat.h"
#include "lake/test_faults.h"
#include "lake/test_lake.h"

namespace mere::lake {
namespace {

const std::string kText = "first part, second part";

struct Started {
  MultipartUpload upload;
  std::vector<CompletedPart> parts;
};

Result<CompletedPart> put_part(Multiparts& uploads, const Repository& repository,
                               const MultipartUpload& upload, int number, std::string_view text) {
  ASSIGN_OR_RETURN(const auto writer, uploads.part(upload, number));
  RETURN_IF_ERROR(writer->append(std::as_bytes(std::span(text))));
  ASSIGN_OR_RETURN(const block::Written written, writer->finish());
  ContentChecksum checksum(ChecksumAlgorithm::crc32c);
  checksum.update(std::as_bytes(std::span(text)));
  CompletedPart part{number, written.md5, checksum.finish()};
  RETURN_IF_ERROR(uploads.keep_checksum(repository, upload, number, part.etag, part.checksum));
  return part;
}

Result<Started> start(Multiparts& uploads, const Repository& repository) {
  Started started;
  const MultipartOptions options{.checksum = ChecksumAlgorithm::crc32c,
                                 .checksum_type = ChecksumType::full_object};
  ASSIGN_OR_RETURN(started.upload, uploads.begin(repository, kMain, "path", options));
  const std::string_view text = kText;
  ASSIGN_OR_RETURN(CompletedPart one, put_part(uploads, repository, started.upload, 1, text.substr(0, 12)));
  ASSIGN_OR_RETURN(CompletedPart two, put_part(uploads, repository, started.upload, 2, text.substr(12)));
  started.parts = {std::move(one), std::move(two)};
  return started;
}

constexpr auto kKinds = {Faults::Kind::refused, Faults::Kind::uncertain, Faults::Kind::crash,
                         Faults::Kind::crash_after};

// The stores of one lake that lives on, and a lake on faulty ones that may not.
struct World {
  World() : state(kv::make_memory_store()), bytes(block::make_memory_store(clock)) {
    kv::Store& plain_state = *state;
    block::Store& plain_bytes = *bytes;
    plain = std::make_unique<TestLake>(std::move(bytes), std::move(state));
    EXPECT_TRUE(plain->upload("path", "old bytes"));
    EXPECT_TRUE(plain->commit());
    faulty_state = std::make_unique<FaultyState>(plain_state, faults);
    faulty_bytes = std::make_unique<FaultyBytes>(plain_bytes, faults);
    trees = std::make_unique<tree::Trees>(*faulty_bytes, tree::TreeOptions{});
    faulty = std::make_unique<Lake>(*faulty_state, *faulty_bytes, *trees, plain->clock, system_random(),
                                    inline_work_queue(), inline_work_queue(), test_options());
  }

  Faults faults;
  ManualClock clock;
  std::unique_ptr<kv::Store> state;
  std::unique_ptr<block::Store> bytes;
  std::unique_ptr<TestLake> plain;
  std::unique_ptr<FaultyState> faulty_state;
  std::unique_ptr<FaultyBytes> faulty_bytes;
  std::unique_ptr<tree::Trees> trees;
  std::unique_ptr<Lake> faulty;
};

void for_each_fault(const std::function<int(Faults)>& run) {
  const int steps = run({});
  EXPECT_GE(steps, 3);
  for (const auto kind : kKinds) {
    for (int step = 0; step < steps; ++step) {
      SCOPED_TRACE("kind " + std::to_string(static_cast<int>(kind)) + ", step " + std::to_string(step));
      run({.kind = kind, .at = step});
    }
  }
}

TEST(InterruptedCompletion, CanBeDoneAgainWhateverStepFailed) {
  for_each_fault([](Faults wanted) {
    World world;
    TestLake& plain = *world.plain;
    const auto started = start(plain.lake.multiparts, plain.repository);
    EXPECT_TRUE(started);
    const UploadName& name = started->upload.name;

    world.faults = wanted;
    const auto first =
        world.faulty->multiparts.complete(plain.repository, name, started->parts, {.if_absent = false});
    const int steps = world.faults.steps;

    const auto before = plain.read("path");
    EXPECT_TRUE(before) << before.error().message;
    EXPECT_TRUE(*before == kText || (*before == "old bytes" && !first)) << *before;
    const auto again = plain.lake.multiparts.complete(plain.repository, name, started->parts, {});
    EXPECT_TRUE(again) << again.error().message;
    if (first && again) EXPECT_EQ(*first, *again);
    EXPECT_EQ(*plain.read("path"), kText);
    EXPECT_EQ(plain.stored_objects().size(), 2);
    return steps;
  });
}

TEST(InterruptedCompletion, KeepsItsConditionWhenItIsDoneAgain) {
  for_each_fault([](Faults wanted) {
    World world;
    TestLake& plain = *world.plain;
    EXPECT_TRUE(plain.lake.engine.entries.remove(plain.repository, kMain, "path"));
    const auto started = start(plain.lake.multiparts, plain.repository);

    world.faults = wanted;
    const auto first = world.faulty->multiparts.complete(plain.repository, started->upload.name,
                                                         started->parts, {.if_absent = true});
    const int steps = world.faults.steps;

    const auto text = plain.read("path");
    const auto done = has_completed(plain.lake, plain.repository, started->upload.name, started->parts);
    EXPECT_TRUE(done && *done == (text && *text == kText));
    // Its own entry does not stand in its way.
    const auto again = plain.lake.multiparts.complete(plain.repository, started->upload.name, started->parts,
                                                      {.if_absent = true});
    EXPECT_TRUE(again) << again.error().message;
    EXPECT_EQ(*plain.read("path"), kText);
    return steps;
  });
}

TEST(InterruptedCompletion, DoesNotLoseAnEntrysBytesToAnAbortOrTheEndOfPatience) {
  for (const bool aborted : {true, false}) {
    for_each_fault([aborted](Faults wanted) {
      World world;
      TestLake& plain = *world.plain;
      const auto started = start(plain.lake.multiparts, plain.repository);

      world.faults = wanted;
      const auto first =
          world.faulty->multiparts.complete(plain.repository, started->upload.name, started->parts, {});
      const int steps = world.faults.steps;
      if (aborted) {
        const auto ended = plain.lake.multiparts.abort(plain.repository, started->upload.name);
        EXPECT_TRUE(ended || ended.error().code == Code::not_found);
      } else {
        world.clock.advance(std::chrono::hours(1000));
        plain.clock.advance(std::chrono::hours(1000));
        EXPECT_TRUE(plain.lake.multiparts.expire(std::chrono::hours(1)));
        EXPECT_FALSE(plain.state->scan("uploads/")->valid());
        EXPECT_FALSE(plain.state->scan("part-checksums/")->valid());
      }

      const auto text = plain.read("path");
      EXPECT_TRUE(text) << text.error().message;
      EXPECT_TRUE(*text == kText || (*text == "old bytes" && !first)) << *text;
      return steps;
    });
  }
}

TEST(InterruptedUploadInParts, ShowsNothingAndExpires) {
  for_each_fault([](Faults wanted) {
    World world;
    TestLake& plain = *world.plain;

    world.faults = wanted;
    const auto started = start(world.faulty->multiparts, plain.repository);
    const int steps = world.faults.steps;

    EXPECT_EQ(*plain.read("path"), "old bytes");
    if (started) {
      EXPECT_TRUE(plain.lake.multiparts.complete(plain.repository, started->upload.name, started->parts, {}));
      EXPECT_EQ(*plain.read("path"), kText);
    }
    world.clock.advance(std::chrono::hours(1000));
    plain.clock.advance(std::chrono::hours(1000));
    EXPECT_TRUE(plain.lake.multiparts.expire(std::chrono::hours(1)));
    EXPECT_FALSE(plain.state->scan("uploads/")->valid());
    EXPECT_FALSE(plain.state->scan("part-checksums/")->valid());
    return steps;
  });
}

TEST(InterruptedAbort, CanBeDoneAgain) {
  for_each_fault([](Faults wanted) {
    World world;
    TestLake& plain = *world.plain;
    const auto started = start(plain.lake.multiparts, plain.repository);

    world.faults = wanted;
    const auto first = world.faulty->multiparts.abort(plain.repository, started->upload.name);
    const int steps = world.faults.steps;

    const auto again = plain.lake.multiparts.abort(plain.repository, started->upload.name);
    EXPECT_TRUE(again || again.error().code == Code::not_found);
    EXPECT_FALSE(plain.state->scan("uploads/")->valid());
    EXPECT_FALSE(plain.state->scan("part-checksums/")->valid());
    EXPECT_EQ(plain.store->list_parts(started->upload.address, started->upload.store_id).error().code,
              Code::not_found);
    return steps;
  });
}

}  // namespace
}  // namespace mere::lake

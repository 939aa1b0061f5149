#include "client/object_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/test_lake.h"

namespace mere::client {
namespace {

constexpr const char* kStats =
    R"({"path":"x","path_type":"object","physical_address":"a","checksum":"c","mtime":1,"size_bytes":5})";

class ObjectWriterTest : public testing::Test {
 protected:
  ObjectWriter writer(WriteOptions options = {}) {
    return ObjectWriter(Api(lake_.session()), {"p", "main", "x"}, std::move(options));
  }
  ScriptedLake lake_;
};

TEST_F(ObjectWriterTest, WhatIsSmallIsOneRequestOfKnownLength) {
  lake_.answer(201, kStats);
  ObjectWriter out =
      writer({.content_type = "text/csv", .metadata = {{"source", "shop"}}, .if_absent = true});
  ASSERT_TRUE(out.write("bre"));
  ASSERT_TRUE(out.write("ad"));
  EXPECT_TRUE(lake_.requests().empty());

  const auto stats = out.close();

  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->checksum, "c");
  EXPECT_EQ(lake_.bodies(), std::vector<std::string>{"bread"});
  const http::Headers& headers = lake_.headers().at(0);
  EXPECT_EQ(headers.get("Content-Type"), "text/csv");
  EXPECT_EQ(headers.get("x-lakefs-meta-source"), "shop");
  EXPECT_EQ(headers.get("If-None-Match"), "*");
}

TEST_F(ObjectWriterTest, WhatIsLargeIsSentWhileItIsWritten) {
  lake_.answer(201, kStats);
  std::string all;
  ObjectWriter out = writer();

  for (int i = 0; i < 100; ++i) {
    const std::string piece(123'457, static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE(out.write(piece));
  }
  const auto stats = out.close();

  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(out.tell(), all.size());
  EXPECT_TRUE(lake_.bodies().at(0) == all);
}

TEST_F(ObjectWriterTest, AWriterThatIsDroppedGivesItsBodyUp) {
  lake_.answer(201, kStats);
  {
    ObjectWriter out = writer();
    // More than waits to be sent, so that it is under way.
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(out.write(std::string(8'000'000, 'x')));
  }

  EXPECT_EQ(lake_.bodies(), std::vector<std::string>{"broken: the body was given up"});
}

TEST_F(ObjectWriterTest, AWriterThatWasMovedWritesOn) {
  lake_.answer(201, kStats);
  ObjectWriter first = writer();
  ASSERT_TRUE(first.write(std::string(2'000'000, 'x')));

  ObjectWriter second = std::move(first);
  ASSERT_TRUE(second.write("y"));
  const auto stats = second.close();

  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(lake_.bodies().at(0).size(), 2'000'001u);
}

TEST_F(ObjectWriterTest, ErrorsNameTheObject) {
  lake_.answer(404, R"({"message":"no branch main"})");
  lake_.answer(404, R"({"message":"no branch main"})");
  ObjectWriter small = writer();
  ObjectWriter large = writer();
  ASSERT_TRUE(large.write(std::string(2'000'000, 'x')));

  const Error expected{Code::not_found, "lakefs://p/main/x: no branch main"};
  EXPECT_EQ(small.close().error(), expected);
  EXPECT_EQ(large.close().error(), expected);
}

TEST_F(ObjectWriterTest, AfterCloseNothingIsWritten) {
  lake_.answer(201, kStats);
  ObjectWriter out = writer();
  ASSERT_TRUE(out.close());

  EXPECT_EQ(out.write("x").error().code, Code::invalid_argument);
  EXPECT_EQ(out.close().error().code, Code::invalid_argument);
  EXPECT_EQ(lake_.requests().size(), 1u);
}

TEST_F(ObjectWriterTest, FieldsThatWouldEndTheirLineAreRefused) {
  EXPECT_EQ(writer({.content_type = "a\r\nb: c"}).close().error().code, Code::invalid_argument);
  EXPECT_EQ(writer({.metadata = {{"a", "b\n"}}}).close().error().code, Code::invalid_argument);
  EXPECT_EQ(writer({.metadata = {{"a: b", "c"}}}).close().error().code, Code::invalid_argument);
  EXPECT_TRUE(lake_.requests().empty());
}

}  // namespace
}  // namespace mere::client

#include "tree/table_writer.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "tree/fixture_for_test.h"
#include "tree/record_value.h"

namespace mere::tree {
namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

template <class... Args>
std::string text(const char* format, Args... args) {
  char out[256];
  std::snprintf(out, sizeof out, format, args...);
  return out;
}

// The first `n` bytes of SHA-256(seed "/0"), SHA-256(seed "/1"), ...
std::string noise(const std::string& seed, std::size_t n) {
  std::string out;
  for (int i = 0; out.size() < n; ++i) out += sha256(seed + "/" + std::to_string(i));
  out.resize(n);
  return out;
}

std::string repeat(std::string_view what, std::size_t times) {
  std::string out;
  while (times-- > 0) out += what;
  return out;
}

std::string words(std::size_t i) {
  static constexpr const char* kWords[] = {"the",  "quick", "brown", "fox",    "jumps", "over",
                                           "lazy", "dog",   "lake",  "branch", "commit"};
  std::string out;
  for (std::size_t j = 0; j <= 29 + i % 17; ++j)
    out += std::string(kWords[(7 * i + 3 * j * j + j) % 11]) + " ";
  return out;
}

// The inputs of the table vectors, by their formulas.
Records records_of(std::string_view name) {
  Records out;
  auto add = [&](int n, auto key, auto value) {
    for (int i = 0; i < n; ++i) out.emplace_back(key(i), value(i));
  };
  auto s = [](int i) { return std::to_string(i); };
  auto numbered = [](int i) { return text("key-%04d", i); };
  auto value = [](int i) { return text("value %d", i); };
  const auto size = [](int n) { return static_cast<std::size_t>(n); };
  if (name == "one") add(1, numbered, value);
  if (name == "fifteen") add(15, numbered, value);
  if (name == "sixteen") add(16, numbered, value);
  if (name == "seventeen") add(17, numbered, value);
  if (name == "compressible") {
    add(
        2000, [](int i) { return text("dir/sub/%06d", i); },
        [&](int i) { return repeat("abcdefgh", size(i % 50)); });
  }
  if (name == "incompressible") {
    add(500, [](int i) { return text("k%05d", i); }, [&](int i) { return noise("inc" + s(i), 100); });
  }
  if (name == "hexvalues") {
    add(
        3000, [](int i) { return text("collection/%07d.bin", 3 * i); },
        [&](int i) {
          return noise("id" + s(i), 32) + to_hex(noise("et" + s(i), 16)) + "data/abcdefghij/" +
                 text("%020ld", 7919l * i);
        });
  }
  if (name == "longkeys") {
    add(
        60, [&](int i) { return text("%03d-", i) + repeat("L", size(900 + 7 * i)); },
        [](int) { return "v"; });
  }
  if (name == "ffkeys") {
    add(
        40, [&](int i) { return repeat("\xff", size(i + 1)); },
        [&](int i) { return noise("ff" + s(i), 300); });
  }
  if (name == "prefixkeys") {
    add(120, [&](int i) { return repeat("p", size(i + 1)); }, [](int) { return repeat("z", 200); });
  }
  if (name == "bigvalue") {
    add(
        9, [](int i) { return text("big%02d", i); },
        [&](int i) { return repeat("0123456789", size(3000 * i)) + noise("b" + s(i), size(5000 * i)); });
  }
  if (name == "twolevel") {
    add(
        12000, [](int i) { return text("two/level/index/path-%08d/file.parquet", 13 * i); },
        [&](int i) { return noise("t" + s(i), 70) + repeat("=", size(i % 40)); });
  }
  if (name == "tinyrecords") add(5000, [](int i) { return text("%06x", i); }, [](int) { return ""; });
  if (name == "text") {
    add(700, [](int i) { return text("text/%05d", i); }, [&](int i) { return words(size(i)); });
  }
  return out;
}

TEST(TableWriter, WritesTheReferencesBytesAndEstimatesTheReferencesSizes) {
  const auto vectors = fixture::id_vectors();
  const auto& cases = vectors.at("tables").at("cases").as_array();
  ASSERT_EQ(cases.size(), 15u);

  for (const auto& one : cases) {
    const std::string name(one.at("case").as_string());
    SCOPED_TRACE(name);
    const Records records = records_of(name);
    ASSERT_EQ(records.size(), one.at("records").to_number<std::size_t>());
    TableWriter writer({{"type", "ranges"}});
    TableWriter unasked({{"type", "ranges"}});  // compresses late
    Digest estimates = Digest::sha256();

    for (const auto& [key, value] : records) {
      ASSERT_TRUE(writer.add(key, value));
      ASSERT_TRUE(unasked.add(key, value));
      const std::uint64_t estimate = writer.estimated_size_bytes();
      ASSERT_LE(estimate, unasked.largest_size_bytes());
      estimates.update(std::to_string(estimate) + "\n");
    }
    const FinishedTable table = writer.finish();

    EXPECT_EQ(unasked.finish().file, table.file);

    EXPECT_EQ(estimates.finish_hex(), std::string_view(one.at("estimate_trace_sha256").as_string()));
    EXPECT_EQ(table.estimated_size_bytes, one.at("estimated_size").to_number<std::uint64_t>());
    EXPECT_EQ(table.file.size(), one.at("file_size").to_number<std::size_t>());
    EXPECT_EQ(to_hex(sha256(table.file)), std::string_view(one.at("file_sha256").as_string()));
  }
}

TEST(TableWriter, GivesTheReferencesIds) {
  const auto vectors = fixture::id_vectors();

  for (const char* kind : {"range_ids", "metarange_ids"}) {
    for (const auto& one : vectors.at(kind).as_array()) {
      std::map<std::string, std::string> properties;
      for (const auto& [name, value] : one.at("hashed_properties").as_object())
        properties[name] = value.as_string();
      TableWriter writer(properties);
      for (const auto& record : one.at("records_hex").as_array()) {
        ASSERT_TRUE(writer.add(*from_hex(std::string_view(record.at(0).as_string())),
                               *from_hex(std::string_view(record.at(1).as_string()))));
      }

      const FinishedTable table = writer.finish();

      EXPECT_EQ(table.id, std::string_view(one.at("id").as_string()));
      EXPECT_EQ(table.estimated_size_bytes, one.at("estimated_size_bytes").to_number<std::uint64_t>());
    }
  }
}

TEST(TableWriter, TablesWithoutRecordsHaveConstantIds) {
  EXPECT_EQ(TableWriter({{"type", "metaranges"}}).finish().id,
            "00fb7eff1a97c500eb3ca8d2ef5464131d6b6a5f9512e41eba97843522213b66");
  EXPECT_EQ(TableWriter({{"type", "ranges"}}).finish().id,
            "5105eaf20d56aa444d5402b4eab9d952aecff97791980db9141ca8e2590ce149");
}

TEST(TableWriter, RefusesKeysThatDoNotAscend) {
  TableWriter writer({{"type", "ranges"}});
  ASSERT_TRUE(writer.add("b", "1"));

  EXPECT_EQ(writer.add("a", "2").error().code, Code::corrupt);
  EXPECT_EQ(writer.add("b", "2").error().code, Code::corrupt);
  EXPECT_TRUE(writer.add("ba", "2"));
}

}  // namespace
}  // namespace mere::tree

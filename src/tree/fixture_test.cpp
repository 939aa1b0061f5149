// The recorded repositories as a whole: every table read, hashed, written again; every listing.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "tree/fixture_for_test.h"
#include "tree/record_value.h"
#include "tree/table.h"
#include "tree/table_writer.h"

namespace mere::tree::fixture {

namespace json = boost::json;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

json::object id_vectors() {
  return json::parse(read_file(MERE_TEST_DATA "/fixtures/lakefs-repo/id-vectors.json")).as_object();
}

Fixture::Fixture(std::string name)
    : folder_(MERE_TEST_DATA "/fixtures/" + name), store_(block::make_memory_store(system_clock())) {
  for (const auto& file : std::filesystem::directory_iterator(folder_ + "/namespace/_lakefs")) {
    const std::string id = file.path().filename().string();
    if (!is_table_id(id)) continue;
    table_ids_.push_back(id);
    EXPECT_TRUE(block::write_all(*store_, block::join(ns_, "_lakefs/" + id), table(id)));
  }
  expected_ = json::parse(read_file(folder_ + "/expected.json")).as_object();
  if (const auto* params = expected_.if_contains("params")) {
    options_.min_range_size_bytes = params->at("min_range_size_bytes").to_number<std::uint64_t>();
    options_.max_range_size_bytes = params->at("max_range_size_bytes").to_number<std::uint64_t>();
    options_.range_raggedness_entries = params->at("range_raggedness_entries").to_number<std::uint64_t>();
  }
  auto add = [&](const json::value& value) {
    Commit commit;
    commit.id = value.at("id").as_string();
    commit.tree = MetaRangeId(std::string_view(value.at("meta_range_id").as_string()));
    commit.message = value.at("message").as_string();
    for (const auto& parent : value.at("parents").as_array()) commit.parents.emplace_back(parent.as_string());
    commit.generation = value.at("generation").to_number<std::int64_t>();
    commits_.push_back(std::move(commit));
  };
  if (const auto* list = expected_["commits"].if_array()) {
    for (const auto& value : *list) add(value);
  } else {
    for (const auto& [id, value] : expected_["commits"].as_object()) add(value);
  }
  std::sort(commits_.begin(), commits_.end(),
            [](const Commit& a, const Commit& b) { return a.generation < b.generation; });
}

std::string Fixture::table(const std::string& id) const {
  return read_file(folder_ + "/namespace/_lakefs/" + id);
}

const Commit& Fixture::commit(std::string_view id) const {
  for (const Commit& commit : commits_) {
    if (commit.id.starts_with(id)) return commit;
  }
  ADD_FAILURE() << "no commit " << id;
  return commits_.front();
}

namespace {

class FixtureTest : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Recorded, FixtureTest, testing::Values("lakefs-repo", "lakefs-split"),
                         [](const auto& test) {
                           return std::string(test.param).ends_with("repo") ? "GoldenRepository"
                                                                            : "SplitRepository";
                         });

TEST_P(FixtureTest, EveryTableHasTheIdThatIsComputedFromItAndIsWrittenAgainByteForByte) {
  Fixture fixture(GetParam());
  ASSERT_FALSE(fixture.table_ids().empty());

  for (const std::string& id : fixture.table_ids()) {
    auto file = fixture.store().open(block::join(fixture.ns(), "_lakefs/" + id));
    ASSERT_TRUE(file);
    auto table = Table::open(*std::move(file), id, {}, nullptr);
    ASSERT_TRUE(table) << table.error().message;
    auto properties = (*table)->read_properties();
    ASSERT_TRUE(properties);
    std::map<std::string, std::string> hashed;
    for (const char* name : {"type", "entity", "schema_name", "schema_definition"}) {
      if (properties->contains(name)) hashed[name] = properties->at(name);
    }
    TableWriter writer(hashed);
    TableCursor cursor(*table);
    for (cursor.seek_to_first(); cursor.valid(); cursor.next())
      ASSERT_TRUE(writer.add(cursor.key(), cursor.value()));
    ASSERT_TRUE(cursor.status()) << cursor.status().error().message;

    const FinishedTable again = writer.finish();

    EXPECT_EQ(again.id, id);
    EXPECT_TRUE(again.file == fixture.table(id)) << id;
    EXPECT_EQ(std::to_string(again.estimated_size_bytes), properties->at("estimated_size_bytes"));
  }
}

TEST_P(FixtureTest, EveryEntryHasTheIdentityThatIsComputedFromItAndIsEncodedAgainByteForByte) {
  Fixture fixture(GetParam());
  const Trees trees = fixture.trees();
  std::set<MetaRangeId> seen;

  for (const Commit& commit : fixture.commits()) {
    if (!seen.insert(commit.tree).second) continue;
    auto cursor = trees.scan(fixture.ns(), commit.tree);
    for (; cursor->valid(); cursor->next()) {
      auto entry = decode_entry(cursor->record().data);
      ASSERT_TRUE(entry);
      ASSERT_EQ(identity_of(*entry), cursor->record().identity);
      if (entry->metadata.size() < 2) {  // more have no canonical order in the reference
        ASSERT_EQ(encode_entry(*entry), cursor->record().data);
      }
      auto summary = summarise_entry(cursor->record().data);
      ASSERT_TRUE(summary);
      ASSERT_EQ(summary->checksum, entry->checksum);
      ASSERT_EQ(summary->size_bytes, entry->size_bytes);
    }
    ASSERT_TRUE(cursor->status());
  }
}

// JSON with every character above ASCII escaped, as the digests were made.
std::string ascii_json(const std::string& utf8) {
  if (std::all_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return utf8;
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += utf8[i++];
      continue;
    }
    const int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    std::uint32_t point = c & (0x3fu >> more);
    for (int k = 1; k <= more; ++k) point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fu);
    i += static_cast<std::size_t>(more) + 1;
    char escape[16];
    if (point < 0x10000) {
      std::snprintf(escape, sizeof escape, "\\u%04x", point);
    } else {
      point -= 0x10000;
      std::snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xd800 + (point >> 10),
                    0xdc00 + (point & 0x3ff));
    }
    out += escape;
  }
  return out;
}

TEST_P(FixtureTest, EveryCommitListsWhatTheReferenceListed) {
  Fixture fixture(GetParam());
  const Trees trees = fixture.trees();
  const json::object& listings = fixture.expected().at("listings").as_object();
  const auto* repository = fixture.expected().if_contains("repository");
  const std::string ns_uri = std::string((repository != nullptr ? repository->at("storage_namespace")
                                                                : fixture.expected().at("storage_namespace"))
                                             .as_string());
  int digests = 0;

  for (const Commit& commit : fixture.commits()) {
    const auto* listing = listings.if_contains(commit.id);
    if (listing == nullptr) continue;
    Digest stored = Digest::sha256(), full = Digest::sha256(), all = Digest::sha256();
    std::int64_t count = 0, total_size = 0;
    auto cursor = trees.scan(fixture.ns(), commit.tree);
    for (; cursor->valid(); cursor->next()) {
      const std::string path(cursor->record().key);
      const Entry entry = *decode_entry(cursor->record().data);
      const std::string head = path + "\t" + entry.checksum + "\t" + std::to_string(entry.size_bytes) + "\t";
      stored.update(head + entry.address + "\n");
      full.update(head +
                  (entry.address_type == AddressType::full ? entry.address : ns_uri + "/" + entry.address) +
                  "\n");
      std::string row;
      JsonWriter writer(row);
      writer.begin_array();
      writer.string(path);
      writer.string(entry.address);
      writer.string(entry.checksum);
      writer.integer(entry.size_bytes);
      writer.integer(entry.last_modified.seconds);
      writer.string(entry.content_type.empty() ? "application/octet-stream" : entry.content_type);
      writer.string_map(entry.metadata);
      writer.end_array();
      all.update(ascii_json(row) + "\n");
      ++count;
      total_size += entry.size_bytes;
    }
    ASSERT_TRUE(cursor->status());

    EXPECT_EQ(count, listing->at("count").to_number<std::int64_t>());
    const json::object& values = listing->as_object();
    if (!values.contains("sha256_stored_address")) continue;
    EXPECT_EQ(total_size, values.at("total_size_bytes").to_number<std::int64_t>());
    EXPECT_EQ(stored.finish_hex(), std::string_view(values.at("sha256_stored_address").as_string()));
    EXPECT_EQ(full.finish_hex(), std::string_view(values.at("sha256_full_address").as_string()));
    EXPECT_EQ(all.finish_hex(), std::string_view(values.at("sha256_all_fields").as_string()))
        << commit.message;
    ++digests;
  }
  if (std::string_view(GetParam()) == "lakefs-repo") EXPECT_GE(digests, 16);
}

TEST_P(FixtureTest, EveryPathIsFoundAndItsNeighboursAreNot) {
  Fixture fixture(GetParam());
  const Trees trees = fixture.trees();
  const MetaRangeId& tree = fixture.commits().back().tree;

  for (auto cursor = trees.scan(fixture.ns(), tree); cursor->valid(); cursor->next()) {
    const std::string key(cursor->record().key);
    auto found = trees.find(fixture.ns(), tree, key);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->identity, cursor->record().identity);
    ASSERT_EQ(found->data, cursor->record().data);
    ASSERT_EQ(trees.find(fixture.ns(), tree, key + '\0').error().code, Code::not_found);
  }
}

}  // namespace
}  // namespace mere::tree::fixture

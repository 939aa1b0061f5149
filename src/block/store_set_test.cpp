// What is a set's own; that it is a store, the conformance suite asks.
#include "block/store_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StoreSetTest : public testing::Test {
 protected:
  std::unique_ptr<Store> local() const {
    return *open_local_store({.root = root_.path().string(), .sync_writes = false});
  }
  std::unique_ptr<Store> make(bool with_default) const {
    std::vector<NamedStore> stores;
    stores.push_back({"disk", "a disk", with_default, "local://lakes/", local()});
    stores.push_back({"one", "", false, "", make_memory_store(system_clock())});
    stores.push_back({"two", "", false, "", make_memory_store(system_clock())});
    return make_store_set(std::move(stores));
  }

  const TestFolder root_;
  const std::unique_ptr<Store> store_ = make(true);
};

TEST_F(StoreSetTest, TheIdDecidesWhichStoreHoldsAnAddress) {
  ASSERT_TRUE(write_all(*store_, {"mem://bucket/object", "one"}, "first"));
  ASSERT_TRUE(write_all(*store_, {"mem://bucket/object", "two"}, "second"));

  EXPECT_EQ(*read_all(*store_, {"mem://bucket/object", "one"}, 100), "first");
  EXPECT_EQ(*read_all(*store_, {"mem://bucket/object", "two"}, 100), "second");
  EXPECT_EQ(store_->check({"mem://bucket/object", "disk"}).error().code, Code::invalid_argument);
}

TEST_F(StoreSetTest, WithoutAnIdTheDefaultStoreIsMeant) {
  ASSERT_TRUE(write_all(*store_, {"local://bucket/object"}, "text"));

  EXPECT_EQ(*read_all(*store_, {"local://bucket/object", "disk"}, 100), "text");
  EXPECT_EQ(root_.read("bucket/object"), "text");
  EXPECT_EQ(store_->display({"local://bucket/object"}), store_->display({"local://bucket/object", "disk"}));
}

TEST_F(StoreSetTest, NamesTheStoresThereAre) {
  EXPECT_THAT(store_->storage_ids(), ElementsAre("disk", "one", "two"));
  EXPECT_EQ(store_->capabilities("disk").type, "local");
  EXPECT_EQ(store_->capabilities("disk").storage_id, "disk");
  EXPECT_EQ(store_->capabilities("disk").description, "a disk");
  EXPECT_EQ(store_->capabilities("disk").default_namespace_prefix, "local://lakes/");
  EXPECT_EQ(store_->capabilities("").storage_id, "disk");
  EXPECT_EQ(store_->capabilities("two").type, "mem");
  EXPECT_EQ(store_->capabilities("three").type, "");
}

TEST_F(StoreSetTest, AnUnknownIdIsRefusedWithTheKnownOnes) {
  const Address address{"mem://bucket/object", "three"};

  const auto read = store_->open(address);
  const auto copied = store_->copy({"mem://bucket/object", "one"}, address);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::invalid_argument);
  EXPECT_THAT(read.error().message, HasSubstr("there is no store 'three', only 'disk', 'one', 'two'"));
  EXPECT_EQ(copied.error().code, Code::invalid_argument);
  EXPECT_EQ(store_->presign(address, {}).error().code, Code::invalid_argument);
  EXPECT_EQ(store_->display(address), address.uri);
}

TEST_F(StoreSetTest, WithoutADefaultAnAddressMustNameItsStore) {
  const auto store = make(false);

  const auto refused = store->stat({"local://bucket/object"});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("name one of 'disk', 'one', 'two'"));
  EXPECT_EQ(store->capabilities("").type, "");
}

TEST_F(StoreSetTest, TheOnlyStoreIsTheDefault) {
  std::vector<NamedStore> stores;
  stores.push_back({"only", "", false, "", make_memory_store(system_clock())});
  const auto store = make_store_set(std::move(stores));

  ASSERT_TRUE(write_all(*store, {"mem://bucket/object"}, "text"));

  EXPECT_EQ(*read_all(*store, {"mem://bucket/object", "only"}, 100), "text");
}

TEST_F(StoreSetTest, CopiesAcrossStores) {
  const std::string bytes(2'500'000, 'x');
  ASSERT_TRUE(write_all(*store_, {"local://bucket/object"}, bytes));
  ASSERT_TRUE(write_all(*store_, {"local://bucket/empty"}, ""));

  const auto copied = store_->copy({"local://bucket/object", "disk"}, {"mem://there/object", "two"});
  const auto empty = store_->copy({"local://bucket/empty", "disk"}, {"mem://there/empty", "two"});

  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->size_bytes, bytes.size());
  EXPECT_EQ(copied->etag, to_hex(md5(bytes)));
  EXPECT_EQ(*read_all(*store_, {"mem://there/object", "two"}, 1u << 24), bytes);
  ASSERT_TRUE(empty);
  EXPECT_EQ(*read_all(*store_, {"mem://there/empty", "two"}, 100), "");
  EXPECT_EQ(store_->stat({"mem://there/object", "one"}).error().code, Code::not_found);
  EXPECT_EQ(store_->copy({"local://bucket/missing", "disk"}, {"mem://there/x", "two"}).error().code,
            Code::not_found);
}

TEST_F(StoreSetTest, WhatIsListedNamesItsStore) {
  ASSERT_TRUE(write_all(*store_, {"mem://bucket/a/object", "one"}, "x"));
  std::vector<Address> found;

  ASSERT_TRUE(store_->list({"mem://bucket", "one"}, {}, [&](const Listed& listed) {
    found.push_back(listed.address);
    return true;
  }));

  EXPECT_THAT(found, ElementsAre(Address{"mem://bucket/a/object", "one"}));
}

}  // namespace
}  // namespace mere::block

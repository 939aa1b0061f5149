#include "lake/presign.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace mere::lake {
namespace {

const ObjectLink kGet{.kind = ObjectLink::Kind::get,
                      .address = {"local://lake/data/x y", "second"},
                      .expires = 1'000,
                      .file_name = "ta ble/ä.csv",
                      .content_type = "text/csv",
                      .etag = "abc"};
const ObjectLink kPart{.kind = ObjectLink::Kind::put_part,
                       .address = {"local://lake/data/x", ""},
                       .expires = 1'000,
                       .upload_id = "0123",
                       .part_number = 7};

Result<ObjectLink> check(std::string_view path, std::int64_t now = 999) {
  return check_object_link("secret", path, {now, 0});
}

TEST(ObjectLinks, SayWhatWasSigned) {
  for (const ObjectLink& link : {kGet, kPart}) {
    const auto checked = check(sign_object_link("secret", link));

    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(*checked, link);
  }
}

TEST(ObjectLinks, EndWithTheNameOfTheFile) {
  EXPECT_TRUE(sign_object_link("secret", kGet).ends_with("/ta%20ble%2F%C3%A4.csv"));
}

TEST(ObjectLinks, Expire) {
  const std::string path = sign_object_link("secret", kGet);

  EXPECT_TRUE(check(path, 999));
  EXPECT_EQ(check(path, 1'000).error().code, Code::permission_denied);
  EXPECT_EQ(check(path, 1'000).error().message, "this link has expired");
}

TEST(ObjectLinks, OfAnotherSecretAreRefused) {
  EXPECT_EQ(check(sign_object_link("other", kGet)).error().code, Code::permission_denied);
}

TEST(ObjectLinks, AreRefusedWhereverOneCharacterDiffers) {
  const std::string path = sign_object_link("secret", kGet);
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::string changed = path;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(check(changed)) << i;
    EXPECT_FALSE(check(path.substr(0, i))) << i;
  }
  EXPECT_FALSE(check(path + "x"));
  EXPECT_FALSE(check(path + "/x"));
  EXPECT_FALSE(check(sign_object_link("secret", kPart) + "/"));
}

TEST(ObjectLinks, HoldNoClaimsThatWereSignedForSomethingElse) {
  const std::string claims = to_base64url("\x08\x01");
  const std::string path = "/_objects/" + claims + ".";

  EXPECT_FALSE(check(path));
  EXPECT_FALSE(check("/_objects/.")) << "nothing at all";
  EXPECT_FALSE(check("/_objects/"));
  EXPECT_FALSE(check("/other/"));
}

RC_GTEST_PROP(ObjectLinks, OutsideTextIsNeverALink, (const std::string& text)) {
  RC_ASSERT(!check("/_objects/" + text));
}

struct Signing {
  explicit Signing(const PresignSettings& settings = {})
      : store(block::make_memory_store(clock)), presigner(*store, clock, "secret", {{"", settings}}) {}

  ManualClock clock{{1'000'000, 0}};
  std::unique_ptr<block::Store> store;
  Presigner presigner;
};

const block::Address kAddress{"mem://a", ""};

TEST(Presigner, LinksOnlyWhereItIsToldToAndSomebodyCouldFollowThem) {
  const Signing off;
  const Signing on({.links = true, .links_multipart = false, .in_ui = true});

  EXPECT_FALSE(off.presigner.ability("", "http://h").get_and_put);
  EXPECT_EQ(off.presigner.get("http://h", kAddress, {}).error().code, Code::not_implemented);
  EXPECT_FALSE(on.presigner.ability("", "").get_and_put);
  EXPECT_TRUE(on.presigner.ability("", "http://h").get_and_put);
  EXPECT_TRUE(on.presigner.ability("", "http://h").in_ui);
  EXPECT_FALSE(on.presigner.ability("", "http://h").multipart);
  EXPECT_EQ(on.presigner.put_part("http://h", kAddress, "u", 1).error().code, Code::not_implemented);
}

TEST(Presigner, MakesUrlsThatItKnowsUntilTheyExpire) {
  Signing test({.links = true, .expiry = std::chrono::minutes(1)});
  const auto made = test.presigner.put("http://h:1", kAddress);
  ASSERT_TRUE(made);
  ASSERT_TRUE(made->url.starts_with("http://h:1/_objects/"));
  EXPECT_EQ(made->expires, 1'000'060);
  const std::string path = made->url.substr(10);

  const auto link = test.presigner.check(path);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->kind, ObjectLink::Kind::put);
  EXPECT_EQ(link->address, kAddress);
  test.clock.advance(std::chrono::minutes(1));
  EXPECT_FALSE(test.presigner.check(path));
}

TEST(Presigner, TakesNoLinksToAStoreThatHasNone) {
  const Signing on({.links = true});
  const Signing off;
  const Signing no_parts({.links = true, .links_multipart = false});
  const std::string whole = on.presigner.put("http://h", kAddress)->url;
  const std::string part = on.presigner.put_part("http://h", kAddress, "u", 1)->url;

  EXPECT_TRUE(on.presigner.check(part.substr(8)));
  EXPECT_FALSE(off.presigner.check(whole.substr(8)));
  EXPECT_TRUE(no_parts.presigner.check(whole.substr(8)));
  EXPECT_FALSE(no_parts.presigner.check(part.substr(8)));
}

}  // namespace
}  // namespace mere::lake

#include "base/xml.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace mere {
namespace {

Code error_of(const Result<XmlElement>& parsed) {
  return parsed ? Code::internal : parsed.error().code;
}

TEST(ParseXml, GivesElementsAndTheirText) {
  const auto parsed = parse_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Quiet>true</Quiet><Object><Key>a&amp;b "
      "&#x41;&#10;</Key></Object><Object><Key>c</Key></Object></Delete>");

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "Delete");
  EXPECT_EQ(parsed->text_of("Quiet"), "true");
  ASSERT_EQ(parsed->children.size(), 3u);
  EXPECT_EQ(parsed->children[1].text_of("Key"), "a&b A\n");
  EXPECT_EQ(parsed->children[2].text_of("Key"), "c");
  EXPECT_EQ(parsed->child("Key"), nullptr);
  EXPECT_EQ(parsed->text_of("Key"), "");
}

TEST(ParseXml, DropsPrefixesAttributesCommentsAndTakesCharacterData) {
  const auto parsed =
      parse_xml("<s3:Tag xmlns:s3='x' a='1'>a<!-- no --><![CDATA[<b>]]><?pi x?><s3:Key/>c</s3:Tag>");

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "Tag");
  EXPECT_EQ(parsed->text, "a<b>c");
  EXPECT_EQ(parsed->children.at(0).name, "Key");
}

TEST(ParseXml, RefusesWhatIsNotWellFormed) {
  for (const char* document : {"", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>\xff</a>", "<a>&nbsp;</a>",
                               "<a b=1/>", "<a>\x01</a>", "{\"a\":1}"}) {
    EXPECT_EQ(error_of(parse_xml(document)), Code::invalid_argument) << document;
  }
  EXPECT_EQ(error_of(parse_xml(std::string_view("<a>\0</a>", 8))), Code::invalid_argument);
}

TEST(ParseXml, RefusesAPrefixWithoutAName) {
  for (const std::string name : {":", "a:", "a:7", "a:-b", "a:.b", "a:\xc2\xb7", "a:\xcc\x81"})
    EXPECT_EQ(parse_xml("<" + name + "/>").error().code, Code::invalid_argument) << name;
  EXPECT_EQ(parse_xml("<a:\xc3\xa9/>")->name, "\xc3\xa9");
}

TEST(ParseXml, RefusesEveryDocumentType) {
  for (const char* document : {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
                               "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                               "<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://h/\"> %x;]><a/>",
                               "<!DOCTYPE a [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><a>&b;</a>"}) {
    const auto parsed = parse_xml(document);

    EXPECT_EQ(error_of(parsed), Code::invalid_argument) << document;
    EXPECT_NE(parsed.error().message.find("document type"), std::string::npos) << parsed.error().message;
  }
}

TEST(ParseXml, KeepsToItsLimits) {
  const XmlLimits limits{.max_bytes = 30, .max_depth = 2, .max_elements = 3};

  EXPECT_TRUE(parse_xml("<a><b/><b/></a>", limits));
  EXPECT_EQ(error_of(parse_xml("<a><b><c/></b></a>", limits)), Code::invalid_argument);
  EXPECT_EQ(error_of(parse_xml("<a><b/><b/><b/></a>", limits)), Code::invalid_argument);
  EXPECT_EQ(error_of(parse_xml("<a>" + std::string(24, 'x') + "</a>", limits)), Code::invalid_argument);
}

TEST(XmlWriter, WritesADocumentUnindented) {
  std::string out;
  XmlWriter writer(out);

  writer.open("Result", "http://s3/");
  writer.element("Name", "literal");
  writer.element("Count", 3);
  writer.element("Size", std::uint64_t{1} << 63);
  writer.element("IsTruncated", false);
  writer.open("Empty");
  writer.close();
  writer.close();

  EXPECT_EQ(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Result xmlns=\"http://s3/\"><Name>literal</Name>"
            "<Count>3</Count><Size>9223372036854775808</Size><IsTruncated>false</IsTruncated><Empty></Empty>"
            "</Result>");
}

TEST(XmlWriter, EscapesAsTheContractSays) {
  std::string out;
  XmlWriter writer(out);
  const std::size_t begin = out.size();

  writer.element("K", "<a>&\"'\t\n\r\x01\x7fé\xff\xef\xbf\xbf€😀");

  EXPECT_EQ(out.substr(begin),
            "<K>&lt;a&gt;&amp;&#34;&#39;&#x9;&#xA;&#xD;\xef\xbf\xbd\x7fé\xef\xbf\xbd\xef\xbf\xbd€😀</K>");
}

RC_GTEST_PROP(Xml, WhatIsWrittenIsReadBack, (const std::vector<std::string>& texts)) {
  std::string out;
  XmlWriter writer(out);
  writer.open("R");
  for (const std::string& text : texts) writer.element("T", text);
  writer.close();

  const auto parsed = parse_xml(out);

  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->children.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool kept = is_valid_utf8(texts[i]) && std::none_of(texts[i].begin(), texts[i].end(), [](char c) {
                        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
                      });
    if (kept) RC_ASSERT(parsed->children[i].text == texts[i]);
  }
}

}  // namespace
}  // namespace mere

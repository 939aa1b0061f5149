// Tags as a document: <Tagging><TagSet><Tag><Key>…</Key><Value>…</Value></Tag></TagSet></Tagging>.
#pragma once

#include <string_view>

#include "s3/object_headers.h"

namespace mere::s3 {

// `MalformedXML`, `InvalidTag`.
Outcome<Tags> parse_tag_set(std::string_view document);

}  // namespace mere::s3

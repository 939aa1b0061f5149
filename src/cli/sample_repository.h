// The repository that `mere quickstart` serves.
#pragma once

#include <string>

#include "base/result.h"
#include "lake/lake.h"

namespace mere::cli {

inline constexpr auto kSampleRepository = "quickstart";

// Makes it and fills it with the sample data, as `committer`. One that is there stays as it is, unless
// filling it was broken off before its first commit: that is done over.
Status add_sample_repository(lake::Lake& lake, const std::string& committer);

}  // namespace mere::cli

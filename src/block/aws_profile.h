// The files that AWS's tools share: ~/.aws/credentials and ~/.aws/config.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere::block {

// Settings of one profile: "aws_access_key_id" → ….
using AwsProfile = std::map<std::string, std::string, std::less<>>;

// By name. "[profile x]" of a config file is "x"; nested settings (indented lines below a key without value)
// are left out. `invalid_argument` names the line.
Result<std::map<std::string, AwsProfile, std::less<>>> parse_aws_profiles(std::string_view text);

// The profile's settings from both files, those of `credentials_file` winning; a file that does not exist has
// none. `not_found` if neither has the profile.
Result<AwsProfile> load_aws_profile(const std::string& credentials_file, const std::string& config_file,
                                    const std::string& name);

}  // namespace mere::block

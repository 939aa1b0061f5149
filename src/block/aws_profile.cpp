#include "block/aws_profile.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace mere::block {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

Error bad_line(int number, std::string_view why) {
  return Error{Code::invalid_argument, fmt::format("line {}: {}", number, why)};
}

// "" if there is no such file.
Result<std::string> read_file(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return Error{Code::permission_denied, fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  }
  std::string text;
  text.resize(kMaxFileBytes + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes)
    return Error{Code::invalid_argument, path + " is larger than a file of profiles can be"};
  return text;
}

}  // namespace

Result<std::map<std::string, AwsProfile, std::less<>>> parse_aws_profiles(std::string_view text) {
  std::map<std::string, AwsProfile, std::less<>> profiles;
  AwsProfile* current = nullptr;
  bool is_nested = false;  // below a key without a value
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::string_view line = trim(whole);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      const std::size_t close = line.find(']');
      if (close == line.npos) return bad_line(number, "a '[' that no ']' closes");
      std::string_view name = trim(line.substr(1, close - 1));
      constexpr std::string_view kProfile = "profile";
      if (name.starts_with(kProfile) && name.find_first_of(" \t") == kProfile.size())
        name = trim(name.substr(kProfile.size()));
      current = &profiles[std::string(name)];
      is_nested = false;
      continue;
    }
    if (is_nested && (whole[0] == ' ' || whole[0] == '\t')) continue;
    const std::size_t equals = line.find('=');
    if (equals == line.npos) return bad_line(number, "expected 'key = value'");
    if (!current) return bad_line(number, "a setting before the first '[profile]'");
    std::string_view value = trim(line.substr(equals + 1));
    const std::size_t comment = std::min(value.find(" #"), value.find(" ;"));
    if (comment != value.npos) value = trim(value.substr(0, comment));
    is_nested = value.empty();
    (*current)[std::string(trim(line.substr(0, equals)))] = value;
  }
  return profiles;
}

Result<AwsProfile> load_aws_profile(const std::string& credentials_file, const std::string& config_file,
                                    const std::string& name) {
  AwsProfile merged;
  bool found = false;
  for (const std::string* file : {&config_file, &credentials_file}) {
    ASSIGN_OR_RETURN(const std::string text, read_file(*file));
    auto profiles = parse_aws_profiles(text);
    if (!profiles) return with_context(*file, std::move(profiles).error());
    const auto profile = profiles->find(name);
    if (profile == profiles->end()) continue;
    found = true;
    for (const auto& [key, value] : profile->second) merged[key] = value;
  }
  if (found) return merged;
  return Error{Code::not_found,
               fmt::format("there is no AWS profile '{}' in {} or {}", name, credentials_file, config_file)};
}

}  // namespace mere::block

#include "version/names.h"

#include <algorithm>
#include <string>

namespace mere::version {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

Error invalid(std::string_view what) {
  return {Code::invalid_argument, std::string(what) + ": invalid value: validation error"};
}

Error required() {
  return {Code::invalid_argument, "required value: validation error"};
}

bool is_branch_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_word(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_word(c) || c == '-'; });
}

}  // namespace

Status check_repository_name(std::string_view name) {
  const auto allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  if (name.size() >= 3 && name.size() <= 63 && name.front() != '-' &&
      std::all_of(name.begin(), name.end(), allowed)) {
    return {};
  }
  return invalid("repository id");
}

Status check_branch_name(std::string_view name) {
  if (name.empty()) return required();
  if (is_branch_name(name)) return {};
  Error error = invalid("branch id");
  error.message += name.size() > kMaxNameBytes
                       ? ": branch id is longer than " + std::to_string(kMaxNameBytes) + " bytes"
                       : ": branch id must consist of letters, digits, underscores and dashes, and cannot "
                         "start with a dash";
  return error;
}

Status check_branch_argument(std::string_view name) {
  if (name.empty()) return required();
  if (is_branch_name(name)) return {};
  return invalid("branch id");
}

Status check_tag_name(std::string_view name) {
  if (name.empty()) return required();
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  const auto refused = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 ||
           std::string_view("^:?*[\\/").find(c) != std::string_view::npos;
  };
  if (name.size() > kMaxNameBytes || name == "@" || name.ends_with('.') || name.ends_with(".lock") ||
      has("..") || has("@{") || std::any_of(name.begin(), name.end(), refused)) {
    return invalid("tag id");
  }
  return {};
}

Status check_ref_expr(std::string_view ref) {
  if (ref.empty()) return required();
  if (std::any_of(ref.begin(), ref.end(), is_space)) return invalid("ref");
  return {};
}

Status check_path(std::string_view path) {
  constexpr std::size_t kMaxPathBytes = 1024;
  if (path.empty()) return required();
  if (path.size() <= kMaxPathBytes) return {};
  return Error{Code::invalid_argument, "invalid value: validation error: " + std::to_string(path.size()) +
                                           " is above maximum length (" + std::to_string(kMaxPathBytes) +
                                           ")"};
}

bool is_commit_id(std::string_view text) {
  const auto hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), hex);
}

}  // namespace mere::version

#include "block/local_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace mere::block {
namespace {

Code code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Code::no_space;
    case ENOENT:
      return Code::not_found;
    case EEXIST:
      return Code::already_exists;
    case EACCES:
    case EPERM:
    case EROFS:
    case EXDEV:  // of open_beneath: a symbolic link leads out
    case ELOOP:
      return Code::permission_denied;
    case ENAMETOOLONG:
    case EINVAL:
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
      return Code::invalid_argument;
    case EFBIG:
      return Code::too_large;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return Code::unavailable;
    default:
      return Code::io_error;
  }
}

std::string explain(int number) {
  switch (number) {
    case EXDEV:
      return "a symbolic link leads out of the folders that may be used";
    case ENOTDIR:
      return "a part of its path is an object, below which nothing can lie on this disk";
    case EISDIR:
    case ENOTEMPTY:
      return "it is a folder";
    case EMFILE:
    case ENFILE:
      return "too many open files: raise the limit (ulimit -n)";
    default:
      return std::generic_category().message(number);
  }
}

}  // namespace

Error disk_error(long failure, std::string_view action, std::string_view subject) {
  const int number = static_cast<int>(-failure);
  return {code_of(number), fmt::format("cannot {} '{}': {}", action, subject, explain(number))};
}

}  // namespace mere::block

#include "api/pattern.h"

#include <re2/re2.h>

#include "base/check.h"

namespace mere::api {

struct Pattern::Compiled {
  re2::RE2 expression;
};

Pattern::Pattern(std::string_view expression)
    : expression_(expression), compiled_(new Compiled{re2::RE2(expression_, re2::RE2::Quiet)}) {
  MERE_CHECK(compiled_->expression.ok());
}

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

}  // namespace mere::api

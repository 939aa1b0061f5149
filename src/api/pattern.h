// A regular expression of the API description, compiled once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mere::api {

// Any thread may call matches() of one Pattern. Its time is linear in the text.
class Pattern {
 public:
  explicit Pattern(std::string_view expression);  // one of ours: it must compile
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  // Whether the expression occurs in `text`; only ^ and $ tie it to the ends.
  bool matches(std::string_view text) const;
  const std::string& expression() const { return expression_; }

 private:
  struct Compiled;
  std::string expression_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mere::api

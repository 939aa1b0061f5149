// A list that comes in pages, asked for as it is read.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mere::client {

template <class T>
struct Page {
  std::vector<T> items;
  bool has_more = false;
  std::string next_after;  // what the next page is asked for with
};

// One user at a time. Nothing is asked before it is read.
//   for (const Result<api::ObjectStats>& object : branch.objects({.prefix = "2026/"})) …
// A page that cannot be had is the last item: an error.
template <class T>
class Listing {
 public:
  using Fetch = std::function<Result<Page<T>>(const std::string& after)>;

  Listing(Fetch fetch, std::string after) : fetch_(std::move(fetch)), after_(std::move(after)) {}

  // The next item; nullopt at the end. After an error the same page is asked for again.
  Result<std::optional<T>> next() {
    while (position_ == page_.items.size()) {
      if (!page_.has_more) return std::optional<T>();
      ASSIGN_OR_RETURN(Page<T> page, fetch_(after_));
      // A server that promises more and does not get further would be asked for ever.
      if (page.has_more && page.next_after == after_) {
        return Error{Code::corrupt, "the next page of a list begins where the last one did"};
      }
      page_ = std::move(page);
      after_ = page_.next_after;
      position_ = 0;
    }
    return std::optional<T>(std::move(page_.items[position_++]));
  }

  // What is left of the page under way, or the next one; nullopt at the end.
  Result<std::optional<std::vector<T>>> next_page() {
    ASSIGN_OR_RETURN(std::optional<T> first, next());
    if (!first) return std::optional<std::vector<T>>();
    std::vector<T> items;
    items.reserve(page_.items.size() - position_ + 1);
    items.push_back(std::move(*first));
    while (position_ < page_.items.size()) items.push_back(std::move(page_.items[position_++]));
    return std::optional(std::move(items));
  }

  // What is left, at most `limit` items.
  Result<std::vector<T>> all(std::size_t limit = std::numeric_limits<std::size_t>::max()) {
    std::vector<T> items;
    while (items.size() < limit) {
      ASSIGN_OR_RETURN(std::optional<T> item, next());
      if (!item) break;
      items.push_back(std::move(*item));
    }
    return items;
  }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::input_iterator_tag;
    using value_type = Result<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = Result<T>*;
    using reference = Result<T>&;

    Iterator() = default;
    explicit Iterator(Listing* listing) : listing_(listing) { ++*this; }
    Result<T>& operator*() const { return *current_; }
    Result<T>* operator->() const { return &*current_; }
    Iterator& operator++() {
      if (current_ && !*current_) {  // an error is the last item
        listing_ = nullptr;
        return *this;
      }
      Result<std::optional<T>> item = listing_->next();
      if (!item) {
        current_.emplace(std::move(item).error());
      } else if (*item) {
        current_.emplace(std::move(**item));
      } else {
        listing_ = nullptr;
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) {
      return iterator.listing_ == nullptr;
    }

   private:
    Listing* listing_ = nullptr;
    mutable std::optional<Result<T>> current_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  Fetch fetch_;
  std::string after_;
  Page<T> page_{{}, true, {}};
  std::size_t position_ = 0;
};

// A Listing of what an operation answers in pages: {results, pagination}. `fetch` takes what to begin after.
template <class T, class F>
Listing<T> listing_of(F fetch, std::string after = "") {
  return Listing<T>(
      [fetch = std::move(fetch)](const std::string& from) -> Result<Page<T>> {
        ASSIGN_OR_RETURN(auto answer, fetch(from));
        return Page<T>{std::move(answer.results), answer.pagination.has_more,
                       std::move(answer.pagination.next_offset)};
      },
      std::move(after));
}

}  // namespace mere::client

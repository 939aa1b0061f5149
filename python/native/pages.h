// Listings page by page, the next one on its way while the last is looked at: see _native.pyi.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "call.h"
#include "kinds.h"

namespace mere::python {

// The pages of one listing. One reader at a time. Every method needs the lock.
//
// Nothing is asked before the first page is. From then on the core's thread asks for one page more than was
// taken, reads it and parses it; taking a page makes its values.
class Pages {
 public:
  // Where a listing is.
  struct Place {
    std::string after;  // the page starts behind it; "": at the front
    std::size_t left = std::numeric_limits<std::size_t>::max();  // of the items that are wanted
    bool more = true;
  };
  // Makes the call for a page, without the parameter `after`, which says where it starts.
  using Again = std::function<std::shared_ptr<Call>()>;

  // `configured`: how often its session was; a call is made anew when it was again.
  Pages(Again call, std::function<int()> configured, Place first, Kind items);
  ~Pages() { close(); }
  Pages(const Pages&) = delete;

  // A list; None after the last page. Raises as Session::call.
  nb::object next();
  nb::object next_async();
  void close();  // what is on its way is not wanted

  struct State;

 private:
  void begin();
  // A process that was forked from the one that began goes on with requests of its own.
  std::shared_ptr<State> state();

  Again call_;
  std::function<int()> configured_;
  int seen_ = 0;
  std::shared_ptr<const Kind> items_;
  Place taken_;  // behind the last page that was taken
  int generation_ = 0;
  std::shared_ptr<State> state_;  // null: closed
};

// See Session.pages.
nb::object make_pages(nb::object session, nb::object operation, nb::tuple arguments, nb::handle items,
                      std::optional<std::size_t> limit, nb::object options);

void define_pages(nb::module_& module);

}  // namespace mere::python

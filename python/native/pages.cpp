#include "pages.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/encoding.h"
#include "errors.h"
#include "futures.h"
#include "session.h"
#include "shape.h"

namespace mere::python {
namespace {

struct Page {
  std::shared_ptr<const Call> call;  // that brought it
  Outcome outcome;
  std::size_t count = 0;  // of the items that are wanted
  Pages::Place next{.after = {}, .left = 0, .more = false};
};

// What the page says of the next one; a page that says nothing that can be understood is the last, and raises
// when it is taken.
void look_for_next(Page& page) {
  if (!page.outcome.document) return;
  const auto& root = page.outcome.document->root();
  simdjson::dom::array results;
  std::string_view next;
  bool more = false;
  if (root["results"].get_array().get(results) == simdjson::SUCCESS) page.count = results.size();
  if (root["pagination"]["has_more"].get_bool().get(more) != simdjson::SUCCESS || !more) return;
  if (root["pagination"]["next_offset"].get_string().get(next) != simdjson::SUCCESS) return;
  page.next.more = true;
  page.next.after = next;
}

// Kinds hold Python objects, and states end on any thread.
std::shared_ptr<const Kind> kept_kind(Kind kind) {
  return {new Kind(std::move(kind)), [](const Kind* held) {
            const Locked lock;
            delete held;
          }};
}

// What the operation says its results are.
const Kind& items_of(const Operation& operation) {
  const Kind* answer = operation.response(200);
  const Kind* results = answer != nullptr && answer->type == Kind::Type::shape
                            ? answer->shape->kind_of_field("results")
                            : nullptr;
  if (results == nullptr || results->type != Kind::Type::list) {
    raise(PyExc_ValueError, fmt::format("{} has no list of results", operation.name()));
  }
  return *results->item;
}

}  // namespace

struct Pages::State : std::enable_shared_from_this<State> {
  State(std::shared_ptr<Call> asked, std::shared_ptr<const Kind> kind, Place from)
      : query(asked->query),
        items(std::move(kind)),
        stop(asked->stop),
        call(std::move(asked)),
        place(std::move(from)) {}

  // With the mutex: asks for the next page if there is one and none is waiting to be taken.
  void ask() {
    if (asking || !place.more || !here.empty()) return;
    asking = true;
    if (renewed) call = std::move(renewed);
    call->query = query;
    if (!place.after.empty()) {
      if (!query.empty()) call->query += '&';
      call->query += "after=" + percent_encode(place.after);
    }
    client::LoopThread& loop = loop_thread();
    loop.post([self = shared_from_this(), &loop] {
      start<Outcome>(run(*self->call, Want::data, loop), [self](std::exception_ptr thrown,
                                                                std::optional<Outcome> outcome) {
        self->arrived(thrown ? Outcome{Error{Code::internal, "the call failed"}} : std::move(*outcome));
      });
    });
  }

  void arrived(Outcome outcome) {
    Page page{nullptr, std::move(outcome)};
    look_for_next(page);
    std::unique_lock lock(mutex);
    page.call = call;
    asking = false;
    page.count = std::min(page.count, place.left);
    page.next.left = place.left - page.count;
    page.next.more = page.next.more && page.next.left > 0;
    if (page.next.more && page.next.after == place.after) {  // it would never end
      page.next.more = false;
      page.outcome = {};
      page.outcome.failure = Error{Code::corrupt, "the listing does not go on from page to page"};
    }
    place = page.next;
    here.push_back(std::move(page));
    if (!waiter) return condition.notify_one();
    const std::shared_ptr<Promise> promise = std::exchange(waiter, nullptr);
    auto taken = std::make_shared<Page>(take());
    lock.unlock();
    promise->complete([self = shared_from_this(), taken] { return self->list_of(*taken); });
  }

  // With the mutex: the page that is here; the one after it is asked for.
  Page take() {
    Page page = std::move(here.front());
    here.pop_front();
    ask();
    return page;
  }

  // With the lock.
  nb::object list_of(Page& page) const {
    check_success(page.outcome, *page.call);
    if (!page.outcome.document) {
      raise_decode(fmt::format("{}: the answer is no JSON: {}", page.call->operation->name(),
                               page.outcome.document_problem));
    }
    const char* where = page.call->operation->name().c_str();
    simdjson::dom::array results;
    if (page.outcome.document->root()["results"].get_array().get(results) != simdjson::SUCCESS) {
      raise_decode(fmt::format("{}: expected a list of results", where));
    }
    return nb::steal(decode_first(page.count, *items, results, where));
  }

  const std::string query;
  const std::shared_ptr<const Kind> items;
  std::stop_source stop;

  std::mutex mutex;
  std::shared_ptr<Call> call;     // changed between two requests only
  std::shared_ptr<Call> renewed;  // instead of `call` from the next request on; null: the same
  std::condition_variable condition;
  std::deque<Page> here;
  bool asking = false;
  Place place;                      // of the next request
  std::shared_ptr<Promise> waiter;  // of somebody who awaits a page
};

Pages::Pages(Again call, std::function<int()> configured, Place first, Kind items)
    : call_(std::move(call)),
      configured_(std::move(configured)),
      items_(kept_kind(std::move(items))),
      taken_(std::move(first)) {
  begin();
}

void Pages::begin() {
  generation_ = generation();
  seen_ = configured_();
  state_ = std::make_shared<State>(call_(), items_, taken_);
}

std::shared_ptr<Pages::State> Pages::state() {
  if (!state_) raise(PyExc_ValueError, "the listing is closed");
  if (generation_ != generation()) {
    new std::shared_ptr<State>(std::move(state_));  // left as it lies: its thread is the parent's
    begin();
  } else if (const int configured = configured_(); configured != seen_) {  // a token was renewed
    seen_ = configured;
    std::shared_ptr<Call> call = call_();
    call->stop = state_->stop;
    call->policy.stop = state_->stop.get_token();
    std::lock_guard lock(state_->mutex);
    state_->renewed = std::move(call);
  }
  return state_;
}

nb::object Pages::next() {
  check_not_ending();
  const auto state = this->state();
  Interruption interruption(state->stop);
  std::optional<Page> page;
  for (bool waiting = true; waiting;) {
    {
      const Unlocked unlocked;
      std::unique_lock lock(state->mutex);
      state->ask();
      waiting = !state->condition.wait_for(lock, kSignalInterval, [&] { return !state->asking; });
      if (!state->here.empty()) page = state->take();
    }
    if (waiting) interruption.check();
  }
  interruption.rethrow();
  if (!page) return nb::none();
  taken_ = page->next;
  return state->list_of(*page);
}

nb::object Pages::next_async() {
  const auto state = this->state();
  auto [future, promise] = Promise::make(state->stop);
  std::unique_lock lock(state->mutex);
  state->ask();
  if (state->asking && state->here.empty()) {
    state->waiter = promise;
    return future;
  }
  if (state->here.empty()) {
    promise->complete([] { return nb::none(); });
    return future;
  }
  auto page = std::make_shared<Page>(state->take());
  lock.unlock();
  promise->complete([state, page] { return state->list_of(*page); });
  return future;
}

void Pages::close() {
  if (!state_) return;
  if (generation_ != generation()) {
    new std::shared_ptr<State>(std::move(state_));
    return;
  }
  const Unlocked unlocked;
  state_->stop.request_stop();
  state_.reset();
}

nb::object make_pages(nb::object session, nb::object operation, nb::tuple arguments, nb::handle items,
                      std::optional<std::size_t> limit, nb::object options) {
  const auto& described = nb::cast<const Operation&>(operation);
  const auto index = described.index_of("after");
  if (!index) raise(PyExc_ValueError, fmt::format("{} has no pages", described.name()));
  Pages::Place first;
  if (limit) first.left = *limit;
  nb::list others;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const nb::handle value = arguments[i];
    others.append(i == *index ? nb::none() : nb::borrow(value));
    if (i != *index || value.is_none()) continue;
    if (!PyUnicode_Check(value.ptr())) {
      raise_argument(
          fmt::format("{}: after must be str, not {}", described.name(), Py_TYPE(value.ptr())->tp_name));
    }
    first.after = utf8_of(value.ptr());
  }
  auto configured = [session] { return nb::cast<Session&>(session).configured(); };
  auto again = [session = std::move(session), operation = std::move(operation), others = nb::tuple(others),
                options = std::move(options)] {
    const CallOptions* given = options.is_none() ? nullptr : nb::cast<const CallOptions*>(options);
    return nb::cast<Session&>(session).make_call(operation, others, nb::none(), given);
  };
  Kind item = items.is_none() ? items_of(described) : kind_of(items);
  return nb::cast(
      std::make_unique<Pages>(std::move(again), std::move(configured), std::move(first), std::move(item)));
}

void define_pages(nb::module_& module) {
  nb::class_<Pages>(module, "Pages")
      .def("next", &Pages::next)
      .def("next_async", &Pages::next_async)
      .def("close", &Pages::close);
}

}  // namespace mere::python

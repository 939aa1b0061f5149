#include "futures.h"

#include <mutex>
#include <vector>

#include "errors.h"
#include "interpreter_lock.h"
#include "lakes.h"

namespace mere::python {

// What is complete on one loop and not yet told. Kept by the loop's entry in a weak dictionary and by
// promises; a pending future keeps the loop.
class LoopBridge : public std::enable_shared_from_this<LoopBridge> {
 public:
  explicit LoopBridge(nb::handle loop) : loop_(loop.ptr()) {}

  // Waking a loop costs more than a small call: the wake-up goes to the end of what the core's thread has to
  // do, so that what is complete by then shares it.
  void push(PyObject* future, std::function<nb::object()> value) {
    std::size_t waiting = 0;
    {
      std::lock_guard lock(mutex_);
      done_.push_back({future, std::move(value)});
      waiting = done_.size();
    }
    if (waiting == 1) loop_thread().post([self = shared_from_this()] { self->wake(); });
    if (waiting == kMostUntold) wake();
  }

  void wake() {
    const Locked lock;
    if (none_untold()) return;  // told meanwhile, and the loop may be gone
    const nb::object drain =
        nb::cpp_function([self = shared_from_this()] { sleeping_at_the_end([&] { self->drain(); }); });
    try {
      sleeping_at_the_end([&] { nb::handle(loop_).attr("call_soon_threadsafe")(drain); });
    } catch (const nb::python_error&) {  // the loop is closed: nobody waits any more
      drop();
    }
  }

  // On the loop's thread, with the lock.
  void drain() {
    for (Done& done : take()) {
      const nb::object future = nb::steal(done.future);
      if (nb::cast<bool>(future.attr("done")())) {
        done.value = nullptr;
        continue;
      }
      try {
        const nb::object value = done.value();
        future.attr("set_result")(value);
      } catch (nb::python_error& thrown) {
        future.attr("set_exception")(thrown.value());
      } catch (const std::exception& thrown) {
        future.attr("set_exception")(nb::handle(PyExc_RuntimeError)(thrown.what()));
      }
      done.value = nullptr;
    }
  }

 private:
  struct Done {
    PyObject* future;
    std::function<nb::object()> value;
  };

  bool none_untold() {
    std::lock_guard lock(mutex_);
    return done_.empty();
  }
  std::vector<Done> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(done_, {});
  }
  static constexpr std::size_t kMostUntold = 512;

  void drop() {
    for (const Done& done : take()) Py_DECREF(done.future);
  }

  PyObject* loop_;  // borrowed: see above
  std::mutex mutex_;
  std::vector<Done> done_;
};

namespace {

PyObject* running_loop = nullptr;  // asyncio._get_running_loop
PyObject* bridges = nullptr;       // WeakKeyDictionary: loop -> BridgeHolder

struct BridgeHolder {
  std::shared_ptr<LoopBridge> bridge;
};

std::shared_ptr<LoopBridge> bridge_of(nb::handle loop) {
  const nb::object known = nb::handle(bridges).attr("get")(loop);
  if (!known.is_none()) return nb::cast<BridgeHolder&>(known).bridge;
  auto bridge = std::make_shared<LoopBridge>(loop);
  nb::handle(bridges).attr("__setitem__")(loop, nb::cast(BridgeHolder{bridge}));
  return bridge;
}

nb::object current_loop() {
  if (running_loop == nullptr) {
    running_loop = nb::object(nb::module_::import_("asyncio").attr("_get_running_loop")).release().ptr();
    bridges = nb::module_::import_("weakref").attr("WeakKeyDictionary")().release().ptr();
  }
  nb::object loop = nb::steal(PyObject_CallNoArgs(running_loop));
  if (!loop.is_valid()) nb::raise_python_error();
  if (loop.is_none()) raise(PyExc_RuntimeError, "no running event loop");
  return loop;
}

}  // namespace

std::pair<nb::object, std::shared_ptr<Promise>> Promise::make() {
  const nb::object loop = current_loop();
  nb::object future = loop.attr("create_future")();
  auto promise = std::make_shared<Promise>(bridge_of(loop), nb::object(future).release().ptr());
  return {std::move(future), std::move(promise)};
}

std::pair<nb::object, std::shared_ptr<Promise>> Promise::make(std::stop_source stop) {
  auto made = make();
  made.first.attr("add_done_callback")(nb::cpp_function([stop](nb::handle future) {
    if (nb::cast<bool>(future.attr("cancelled")())) std::stop_source(stop).request_stop();
  }));
  return made;
}

Promise::Promise(std::shared_ptr<LoopBridge> bridge, PyObject* future)
    : bridge_(std::move(bridge)), future_(future) {}

Promise::~Promise() {
  if (future_ == nullptr) return;
  const Locked lock;
  Py_DECREF(future_);
}

void Promise::complete(std::function<nb::object()> value) {
  bridge_->push(std::exchange(future_, nullptr), std::move(value));
}

void Promise::succeed() {
  complete([] { return nb::none(); });
}

void Promise::fail(Error error) {
  complete([error = std::move(error)]() -> nb::object { raise_error(error); });
}

void define_futures(nb::module_& module) {
  nb::class_<BridgeHolder>(module, "_BridgeHolder");
}

}  // namespace mere::python

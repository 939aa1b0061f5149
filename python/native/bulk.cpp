#include "bulk.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "batch.h"
#include "errors.h"
#include "futures.h"

namespace mere::python {
namespace {

nb::object result_of(Piece& piece) {
  try {
    if (!piece.path.empty() && !piece.outcome.failure && piece.outcome.status >= 200 &&
        piece.outcome.status < 300) {
      return nb::int_(piece.saved);
    }
    return value_of(piece.outcome, *piece.call);
  } catch (nb::python_error& thrown) {
    if (ends_all(thrown)) throw;
    return nb::borrow(thrown.value());
  }
}

nb::object results_of(Batch& batch) {
  nb::object list = nb::steal(PyList_New(static_cast<Py_ssize_t>(batch.pieces.size())));
  if (!list.is_valid()) nb::raise_python_error();
  for (std::size_t i = 0; i < batch.pieces.size(); ++i) {
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), result_of(batch.pieces[i]).release().ptr());
    batch.pieces[i] = {};  // each result replaces what it was made from
  }
  return list;
}

enum class Direction { call, download, upload };

std::shared_ptr<Batch> make_batch(Session& session, Direction direction, nb::handle operation,
                                  nb::sequence calls, const CallOptions* options, nb::object progress) {
  auto batch = std::make_shared<Batch>();
  batch->progress = Kept(progress);
  for (const nb::handle entry : calls) {
    const auto given = nb::cast<nb::tuple>(entry);
    if (given.size() != 2 && given.size() != 3)
      raise(PyExc_ValueError, "each call is a pair, or has its options third");
    const CallOptions* own = given.size() == 3 ? nb::cast<const CallOptions*>(given[2]) : options;
    const bool has_body = direction == Direction::call;
    Piece piece;
    piece.call = session.make_call(operation, nb::cast<nb::tuple>(given[0]),
                                   has_body ? nb::handle(given[1]) : nb::none(), own);
    piece.call->stop = batch->stop;
    piece.call->policy.stop = batch->stop.get_token();
    if (direction == Direction::download) piece.path = nb::cast<std::string>(given[1]);
    if (direction == Direction::upload) {
      piece.call->body = make_file_source(nb::cast<std::string>(given[1]));
      if (!piece.call->headers.contains("Content-Type")) {
        piece.call->headers.add("Content-Type", piece.call->operation->body_type());
      }
    }
    batch->pieces.push_back(std::move(piece));
  }
  return batch;
}

nb::object run_batch(Session& session, Direction direction, nb::handle operation, nb::sequence calls,
                     std::size_t concurrency, const CallOptions* options, nb::object progress) {
  const auto batch =
      make_batch(session, direction, operation, std::move(calls), options, std::move(progress));
  Interruption interruption(batch->stop);
  {
    const Unlocked unlocked;
    Batch::run_here(batch, concurrency, interruption.waiting());
  }
  interruption.rethrow();
  return results_of(*batch);
}

nb::object run_batch_async(Session& session, Direction direction, nb::handle operation, nb::sequence calls,
                           std::size_t concurrency, const CallOptions* options, nb::object progress) {
  auto batch = make_batch(session, direction, operation, std::move(calls), options, std::move(progress));
  auto [future, promise] = Promise::make(batch->stop);
  client::LoopThread& loop = loop_thread();
  loop.post([batch = std::move(batch), promise, concurrency, &loop] {
    start<bool>(Batch::run_on(batch, concurrency, loop),
                [batch, promise](std::exception_ptr thrown, std::optional<bool>) {
                  promise->complete([batch, thrown] {
                    if (thrown) std::rethrow_exception(thrown);
                    return results_of(*batch);
                  });
                });
  });
  return future;
}

}  // namespace

void define_bulk(nb::class_<Session>& session) {
  using namespace nb::literals;
  const auto define = [&](const char* name, const char* async_name, Direction direction) {
    const auto bind = [&](const char* as, auto function) {
      session.def(
          as,
          [function, direction](Session& self, nb::handle operation, nb::sequence calls,
                                std::size_t concurrency, const CallOptions* options, nb::object progress) {
            return function(self, direction, operation, std::move(calls), concurrency, options,
                            std::move(progress));
          },
          "operation"_a, "calls"_a, nb::kw_only(), "concurrency"_a = 16, "options"_a = nb::none(),
          "progress"_a = nb::none());
    };
    bind(name, &run_batch);
    bind(async_name, &run_batch_async);
  };
  define("call_many", "call_many_async", Direction::call);
  define("download_many", "download_many_async", Direction::download);
  define("upload_many", "upload_many_async", Direction::upload);
}

}  // namespace mere::python

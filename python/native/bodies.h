// Bodies of requests as Python gives them.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <memory>
#include <string>

#include "client/body_cursor.h"
#include "client/body_pipe.h"
#include "client/body_source.h"

namespace mere::python {

namespace nb = nanobind;

using client::BodyCursor;
using client::BodySource;
using client::make_file_source;
using client::make_text_source;

// bytes-like, str, a binary file object, an iterable of bytes, a BodyPipe. Raises TypeError. Needs the lock.
std::shared_ptr<BodySource> make_source(nb::handle body);

// What the user's iterator raised, if that is no failure of the body but Ctrl-C or the like (ends_all());
// null: nothing, or `source` is none of an iterator. After it was read.
std::exception_ptr end_asked_by(const BodySource* source);

// See _native.pyi. Any thread.
class BodyPipe {
 public:
  explicit BodyPipe(std::size_t capacity) : pipe_(capacity) {}

  void write(nb::handle data);  // waits without the lock
  nb::object write_async(nb::handle data);
  void close() { pipe_.close(); }
  void abort() { pipe_.abort(); }
  std::shared_ptr<BodySource> source() const { return pipe_.source(); }

 private:
  client::BodyPipe pipe_;
};

}  // namespace mere::python

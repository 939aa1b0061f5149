// Bytes objects that are about to be filled.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <span>

namespace mere::python {

// A bytes object of `size` octets of no particular value; nullptr, and MemoryError raised, where there is no
// memory. A large one is asked for in huge pages (madvise(2), MADV_HUGEPAGE), as numpy asks for its arrays:
// fresh memory costs a fault a page, and of 4 KiB pages they take longer than the octets' copy.
PyObject* new_bytes(Py_ssize_t size);

// Where its octets are. Only before anybody else sees it.
inline std::span<std::byte> octets_of(PyObject* bytes) {
  return {reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes)),
          static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

}  // namespace mere::python

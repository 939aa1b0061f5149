#include "large_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace mere::python {
namespace {

constexpr Py_ssize_t kLarge = 4 << 20;

}  // namespace

PyObject* new_bytes(Py_ssize_t size) {
  PyObject* const made = PyBytes_FromStringAndSize(nullptr, size);
  if (made == nullptr || size < kLarge) return made;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(PyBytes_AS_STRING(made));
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t end = (begin + static_cast<std::uintptr_t>(size)) / page * page;
  // Where the kernel has none, it is memory as any other.
  ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
  return made;
}

}  // namespace mere::python

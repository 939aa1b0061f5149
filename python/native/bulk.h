// Many calls at once: see call_many, download_many and upload_many in _native.pyi.
#pragma once

#include <nanobind/nanobind.h>

#include "session.h"

namespace mere::python {

void define_bulk(nb::class_<Session>& session);

}  // namespace mere::python

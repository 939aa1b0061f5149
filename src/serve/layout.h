// Which form the stored state of a lake has: one number for all of it, keys and values in kv, objects
// in its log, the local store's uploads. It is raised by a change that an older program would misread, and
// only by such: a new kind of record, or a new field in one, needs no new layout.
//
//   "layout" → | layout, decimal | space | version of the program that wrote this |       absent: 1
#pragma once

#include "base/result.h"
#include "kv/store.h"

namespace mere::serve {

inline constexpr int kLayout = 1;

// Before anything else is read. Notes the layout in a lake that does not say it. `invalid_argument` for one
// that this program does not know: the message says which program does.
Status check_layout(kv::Store& state);

}  // namespace mere::serve

// Damaged files are set aside, so that nobody reads them for good ones.
#pragma once

#include "block/store.h"
#include "lake/verify.h"

namespace mere::lake {

// Moves what was found damaged inside the storage namespace to "<namespace>/_quarantine/", and notes in
// `finding` that it did, or why it did not. What is missing or could not be read stays, and so does what lies
// elsewhere.
//
// Safe while the lake is in use: addresses of objects are never written again, and who makes a table of the
// same id finds its place free and writes a good one.
void move_to_quarantine(block::Store& store, const version::Repository& repository, Finding& finding);

}  // namespace mere::lake

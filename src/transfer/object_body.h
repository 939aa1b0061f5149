// A piece of a stored object as a response body, read a chunk at a time on workers.
#pragma once

#include <cstdint>
#include <memory>

#include "base/executor.h"
#include "block/store.h"
#include "http/message.h"

namespace mere::transfer {

// From memory where the bytes are there, from the file itself where the store has one, else through a buffer.
// The range is within the object. `executor` and `workers` outlive it.
http::Body object_body(std::shared_ptr<const block::Reader> reader, std::uint64_t offset,
                       std::uint64_t length, WorkQueue& workers, Executor& executor);

}  // namespace mere::transfer

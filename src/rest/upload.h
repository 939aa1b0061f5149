// uploadObject: the one operation whose body is not JSON and may be larger than memory.
#pragma once

#include "api/operations.h"
#include "rest/context.h"

namespace mere::rest {

// Streams the body, raw or as the form part named `content`, a chunk at a time into the store; workers
// only write, and never wait for the client. `request` outlives the task.
Task<http::Response> upload_object(Context& context, http::Request& request, auth::Principal principal,
                                   api::UploadObjectParams params);

}  // namespace mere::rest

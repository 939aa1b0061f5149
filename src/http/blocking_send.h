// A request whose sender's thread has nothing else to do: it sends, waits and reads itself.
#pragma once

#include <memory>
#include <variant>

#include "http/blocking_pool.h"
#include "http/client.h"
#include "http/client_request.h"

namespace mere::http {

// Whether send_here() would carry it: a body, if there is one, is small and of a known length.
bool can_be_sent_here(const OutgoingRequest& outgoing);

// As Client::send, without a proxy; it does not suspend but for reading the request's body. `waiting`
// outlives the task and the body of its answer.
Task<std::variant<Response, SendError>> send_here(std::shared_ptr<BlockingPool> pool,
                                                  std::shared_ptr<const ClientOptions> options,
                                                  OutgoingRequest outgoing, Request request,
                                                  SendOptions send_options, const Waiting& waiting);

}  // namespace mere::http

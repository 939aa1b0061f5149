// Reads one object of a remote store.
//
// Opening fetches the object's properties and its beginning in one request, so that a small object costs
// one. What follows is fetched as it is read: reads that go on where the last one ended share one request
// that stays open; others are requests for their range alone. A connection that breaks is resumed where it
// broke. Bytes of two versions are never mixed: all requests after the first name the version it answered.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "block/remote_client.h"
#include "block/store.h"

namespace mere::block {

struct RemoteObject {
  // The GET of the whole object, without Range.
  RemoteRequest get;
  // Of its headers; the size is set by the reader.
  std::function<Properties(const http::Headers&)> properties;
  // Lets only the version go on that was answered with `headers`; null: If-Match with its ETag. A service
  // that finds another answers 412 or 404.
  std::function<void(RemoteRequest&, const http::Headers& headers)> pin;
};

inline constexpr std::uint64_t kFirstRead = 128u << 10;

// `client` outlives the reader. Errors: those of the client; `gone` from read_at() if the object was
// replaced or removed since, and what is asked for was not read by then; `corrupt` if the service answers
// other bytes than those asked for.
Result<std::unique_ptr<Reader>> open_remote_reader(const RemoteClient& client, RemoteObject object);

}  // namespace mere::block

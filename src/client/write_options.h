// What callers may say of any write of an object.
#pragma once

#include <map>
#include <string>

namespace mere::client {

struct WriteOptions {
  std::string content_type{};                     // "": application/octet-stream
  std::map<std::string, std::string> metadata{};  // keys are lower case to the server
  bool if_absent = false;                         // an object that is there is `precondition_failed`
  bool force = false;                             // also in a read-only repository
  // Of a writer: what is large goes straight to the store, in parts that are sent while the next is written,
  // where the server offers that and none of the two above is wanted; else through the server. Up to 40 MiB
  // are held in memory.
  bool to_store = false;
};

}  // namespace mere::client

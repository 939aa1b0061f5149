// Presigned addresses in answers.
#pragma once

#include <string>

#include "http/message.h"
#include "lake/lake.h"
#include "rest/context.h"

namespace mere::rest {

// Where links to this server begin for whoever asks: `external_url`, or the address that the request came to.
// "" for a request from this process, which no one can follow links to.
std::string origin_of(const http::Request& request, const Settings& settings);

// What the repository's store can presign for whoever asks.
lake::PresignAbility presign_ability(const Context& context, const Call& call,
                                     const version::Repository& repository);

// An object's. Errors: `invalid_argument` in the words of the store's kind if it cannot; the store's.
Result<lake::PresignedUrl> presign_object(const Context& context, const Call& call,
                                          const version::Repository& repository, std::string_view path,
                                          const tree::Entry& entry);

// The store cannot presign, in the words of its kind.
Error presign_unsupported(const lake::Lake& lake, const version::Repository& repository);

}  // namespace mere::rest

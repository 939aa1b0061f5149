// Responses as S3 writes them (contract: S3 gateway, section 6).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "s3/context.h"
#include "s3/outcome.h"

namespace mere::s3 {

inline constexpr std::string_view kXmlNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

http::Response empty_reply(int status);
// A document that an XmlWriter wrote.
http::Response xml_reply(std::string document, int status = 200);

// Where an error happened, as far as it is told: which of key, repository and ref the client named.
enum class Told { target, nothing };
http::Response error_reply(const Call& call, const S3Error& error, Told told = Told::target);
inline http::Response error_reply(const Call& call, const Error& error) {
  return error_reply(call, s3_error(error));
}
inline http::Response error_reply(const Call& call, std::string_view code) {
  return error_reply(call, s3_error(code));
}
// Before there is a call: broken targets, failed authentication.
http::Response error_reply(const S3Error& error, std::string_view region, std::string_view request_id);

std::string to_xml_time(Timestamp time);  // "2006-01-02T15:04:05.000Z"

// RETURN_IF_ERROR and ASSIGN_OR_RETURN of operations, for Result and Outcome: an error becomes its reply.
#define REPLY_IF_ERROR(call, ...)                                                                            \
  do {                                                                                                       \
    if (const auto status_ = (__VA_ARGS__); !status_) return ::mere::s3::error_reply(call, status_.error()); \
  } while (false)
#define REPLY_IF_REFUSED(call, ...)                                                                          \
  do {                                                                                                       \
    if (const ::mere::s3::Refusal refusal_ = (__VA_ARGS__)) return ::mere::s3::error_reply(call, *refusal_); \
  } while (false)
#define ASSIGN_OR_REPLY(call, declaration, ...) \
  ASSIGN_OR_REPLY_(MERE_CONCAT(result_, __LINE__), call, declaration, __VA_ARGS__)
#define ASSIGN_OR_REPLY_(result, call, declaration, ...)             \
  auto result = (__VA_ARGS__);                                       \
  if (!result) return ::mere::s3::error_reply(call, result.error()); \
  declaration = *std::move(result)

// Outcomes hand on as Results do.
#define REFUSE_IF(...)                                                             \
  do {                                                                             \
    if (::mere::s3::Refusal refusal_ = (__VA_ARGS__)) return *std::move(refusal_); \
  } while (false)

}  // namespace mere::s3

// Follows links to objects of this server (lake/presign.h): "/_objects/…". They need no credentials, since
// they are the credentials.
//
// GET and HEAD read, with ranges. PUT stores a whole object, once: the same bytes again are a success, others
// 409, for what is linked by then must not change. PUT of a part replaces the part. Larger bodies than the
// configuration allows are answered 413.
#pragma once

#include "base/executor.h"
#include "http/message.h"
#include "lake/lake.h"

namespace mere::rest {

class ObjectLinks final : public http::Handler {
 public:
  // Both outlive it.
  ObjectLinks(lake::Lake& lake, WorkQueue& workers) : lake_(lake), workers_(workers) {}

  static bool claims(const http::Request& request) { return request.path.starts_with(lake::kObjectLinks); }
  Task<http::Response> handle(http::Request request) override;

 private:
  http::Response read(const http::Request& request, const lake::ObjectLink& link);
  Task<http::Response> write(http::Request& request, const lake::ObjectLink& link);

  lake::Lake& lake_;
  WorkQueue& workers_;
};

}  // namespace mere::rest

// One upload in parts at an object store: where the lake's server gives out addresses for parts
// (pre_sign_multipart_upload), an object's bytes do not pass through it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/api.h"
#include "client/body_source.h"
#include "client/uri.h"
#include "client/write_options.h"

namespace mere::client {

// Whether the server would take an object in parts. `if_absent` and `force` can only go through the server.
Result<bool> takes_parts(const Api& api, const WriteOptions& options);

// A value. Any thread may send; each part is sent once. Errors are the store's and those of an upload.
class StoreParts {
 public:
  // `parts`: how many there will be, or 0: not known yet.
  static Result<StoreParts> begin(Api api, Uri object, std::size_t parts);

  // `index`: from 0. All parts but the last must have 5 MiB or more.
  Result<api::UploadPart> send(std::size_t index, std::shared_ptr<BodySource> body) const;
  // The object appears. `parts` in order.
  Result<api::ObjectStats> complete(std::vector<api::UploadPart> parts, const WriteOptions& options) const;
  // Instead: nothing appears. What fails is logged, because the error that led here matters more.
  void give_up() const;

 private:
  StoreParts(Api api, Uri object, api::PresignMultipartUpload begun)
      : api_(std::move(api)), object_(std::move(object)), begun_(std::move(begun)) {}
  Result<std::string> address_of(std::size_t index) const;

  Api api_;
  Uri object_;
  api::PresignMultipartUpload begun_;
};

}  // namespace mere::client

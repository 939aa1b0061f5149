// Every operation of the gateway, and the one table that finds it (contract: S3 gateway, section 3).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/task.h"
#include "http/message.h"
#include "s3/context.h"

namespace mere::s3 {

struct Operation {
  std::string_view name;  // in metrics and logs
  // Either blocks (on a worker, or at once if it is quick), or is a coroutine that reads call.body itself.
  http::Response (*answer)(Call& call) = nullptr;
  Task<http::Response> (*stream)(Call& call) = nullptr;
  bool is_quick = false;           // touches a few blocks of metadata, mostly in memory
  bool needs_repository = true;    // of a bucket or object that must exist
  std::size_t document_bytes = 0;  // takes a body of at most this size as call.document
};

// Null: there is nothing of that kind. The sub-resources of S3 that mean nothing here are an operation too,
// which answers 405, unless `verify_unsupported` is false; but those that are settings of a bucket can be
// read, and deleted, as what is not set.
const Operation* find_operation(std::string_view method, Level level, const Query& query,
                                const http::Headers& headers, bool verify_unsupported);

// The upload of a form (post_form.h), the only one that is run before anybody was authenticated.
const Operation& form_upload_operation();

// buckets.cpp
http::Response list_buckets(Call& call);
http::Response head_bucket(Call& call);
http::Response create_bucket(Call& call);
http::Response delete_bucket(Call& call);
http::Response get_bucket_location(Call& call);
http::Response get_bucket_versioning(Call& call);

// bucket_cors.cpp
http::Response get_bucket_cors(Call& call);
http::Response put_bucket_cors(Call& call);
http::Response delete_bucket_cors(Call& call);

// bucket_settings.cpp
bool names_bucket_setting(const Query& query);
http::Response get_bucket_setting(Call& call);
http::Response delete_bucket_setting(Call& call);

// list_objects.cpp, object_versions.cpp
http::Response list_objects(Call& call);
http::Response list_object_versions(Call& call);

// Of one object, each in a file of its name, but for their kin beside them
http::Response get_object(Call& call);
http::Response head_object(Call& call);
http::Response get_object_attributes(Call& call);
Task<http::Response> put_object(Call& call);
Task<http::Response> post_object(Call& call);
http::Response put_ref(Call& call);
http::Response copy_object(Call& call);
http::Response delete_object(Call& call);
http::Response delete_ref(Call& call);
http::Response delete_objects(Call& call);
http::Response get_object_tagging(Call& call);
http::Response put_object_tagging(Call& call);
http::Response delete_object_tagging(Call& call);
http::Response get_bucket_acl(Call& call);
http::Response get_object_acl(Call& call);
http::Response put_object_acl(Call& call);

// multipart_upload.cpp, multipart_part.cpp, multipart_list.cpp
http::Response create_multipart_upload(Call& call);
http::Response complete_multipart_upload(Call& call);
http::Response abort_multipart_upload(Call& call);
Task<http::Response> upload_part(Call& call);
http::Response upload_part_copy(Call& call);
http::Response list_parts(Call& call);
http::Response list_multipart_uploads(Call& call);

}  // namespace mere::s3

// A browser's form that uploads an object: `POST /bucket` with multipart/form-data. It has no other signature
// than that of its policy (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html).
#pragma once

#include <memory>
#include <string>

#include "auth/auth.h"
#include "base/task.h"
#include "http/multipart_form.h"
#include "s3/outcome.h"
#include "s3/post_policy.h"

namespace mere::s3 {

// True if a request is such a form, and so carries no signature of its own.
bool is_form_upload(const http::Request& request);
// The same, where the host is no S3 domain: its path is a repository's name and nothing more.
bool names_bucket_alone(std::string_view encoded_path);

struct PostForm {
  FormFields fields;                       // the key with the file's name in place of "${filename}"
  std::unique_ptr<http::BodyReader> file;  // while the MultipartForm stands
};
// The fields up to the file, of at most 64 KiB together. `MalformedPOSTRequest`,
// `MaxPostPreDataLengthExceeded`, `InvalidArgument` (no file, no key), and what reading the body answers.
Task<Outcome<PostForm>> read_post_form(http::MultipartForm& form);

// Who signed the form's policy, by version 2 or 4; what it allows is not looked at. `AccessDenied` without a
// policy: nobody may write without a name.
Outcome<auth::Principal> verify_post_policy(const FormFields& fields, const auth::Auth& auth);

}  // namespace mere::s3

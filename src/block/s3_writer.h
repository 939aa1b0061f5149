// How an object, or a part of one, reaches S3.
#pragma once

#include <memory>
#include <string>

#include "block/remote_writer.h"
#include "block/s3_api.h"

namespace mere::block {

// `write_id`: unique; what is found under the address with it is this write's.
std::shared_ptr<RemoteUpload> make_s3_upload(const S3Api& api, S3Address object, bool must_be_absent,
                                             std::string write_id);

// A part has to be whole before it is sent, as S3 wants its length first.
std::unique_ptr<Writer> make_s3_part_writer(const S3Api& api, RemoteWriters& writers, S3Address object,
                                            std::string upload_id, int number);

}  // namespace mere::block

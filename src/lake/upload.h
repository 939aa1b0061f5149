// The making of an object: its bytes, then its entry, in the order that never shows an entry without bytes.
#pragma once

#include <memory>

#include "lake/objects.h"

namespace mere::lake {

// What is staged once the bytes are durable.
struct UploadTarget {
  Repository repository;
  BranchName branch;
  std::string path;
  block::Address address;  // where the bytes go
  tree::Entry entry;       // its size, checksum and time are filled in
  version::WriteOptions write;
};

// `engine`, `store` and `clock` outlive the upload.
std::unique_ptr<Upload> make_upload(version::Engine& engine, block::Store& store, const Clock& clock,
                                    UploadTarget target, std::unique_ptr<block::Writer> writer);

// Stages the entry of bytes that are durable already, and removes them if it is refused.
Status stage_or_remove(version::Engine& engine, block::Store& store, const UploadTarget& target);

}  // namespace mere::lake

// Multipart uploads to Google Cloud Storage: parts are objects of their own until they are composed.
//
//   .mere-uploads/<id>/upload    its text is the key; the upload exists while this does
//   .mere-uploads/<id>/<number>  a part, five digits
//   .mere-uploads/<id>/+<n>      parts put together already: a composition takes 32 sources
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "block/gcs_api.h"
#include "block/remote_writer.h"

namespace mere::block {

// "<folder>00001"
GcsAddress gcs_part(const GcsAddress& folder, int number);
// Puts `parts` together as `object`, by way of compositions in `folder`.
Status compose_all(const GcsApi& api, const GcsAddress& folder, std::vector<GcsObject> parts,
                   const GcsAddress& object, const GcsPut& put);
Status remove_all(const GcsApi& api, const GcsAddress& folder);
// ".mere-uploads/<id>/" in the bucket of `object`.
GcsAddress gcs_upload_folder(const GcsAddress& object, std::string_view id);
std::string new_gcs_upload_id();

class GcsUploads {
 public:
  GcsUploads(const GcsApi& api, RemoteWriters& writers) : api_(api), writers_(writers) {}

  Result<std::string> begin(const GcsAddress& object) const;
  Result<std::unique_ptr<Writer>> part(const GcsAddress& object, const std::string& id, int number) const;
  Result<std::vector<Part>> parts(const GcsAddress& object, const std::string& id) const;
  Result<Properties> complete(const GcsAddress& object, const std::string& id,
                              std::span<const Part> parts) const;
  Status abort(const GcsAddress& object, const std::string& id) const;

  // not_found unless the upload is this object's.
  Status check(const GcsAddress& object, const std::string& id) const;
  Result<Written> put_part(const GcsAddress& object, const std::string& id, int number,
                           std::shared_ptr<const Payload> payload, const std::string& md5) const;

 private:
  struct Stored {
    Part part;
    GcsObject object;
  };
  Result<std::vector<Stored>> stored(const GcsAddress& object, const std::string& id) const;
  Status forget(const GcsAddress& object, const std::string& id) const;

  const GcsApi& api_;
  RemoteWriters& writers_;
};

}  // namespace mere::block

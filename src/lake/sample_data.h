// The sample repository: lakes of the world as Parquet, how the data were made, pictures. Made by
// tools/sampledata from facts and by generation; embedded at build time.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lake/lake.h"

namespace mere::lake {

struct SampleFile {
  std::string_view path;  // "lakes.parquet"
  std::string_view content_type;
  std::string_view bytes;
};
std::span<const SampleFile> sample_files();

// Uploads the files to the default branch, commits them, protects the branch.
Status add_sample_data(Lake& lake, const version::Repository& repository, const std::string& committer);

}  // namespace mere::lake

#include "lake/sample_data.h"

#include "version/protection.h"

namespace mere::lake {
namespace {

Status upload(Lake& lake, const version::Repository& repository, const SampleFile& file) {
  UploadOptions options;
  options.content_type = std::string(file.content_type);
  options.expected_size_bytes = file.bytes.size();
  ASSIGN_OR_RETURN(const auto writing,
                   lake.objects.begin_upload(repository, repository.default_branch, file.path, options));
  RETURN_IF_ERROR(writing->append(std::as_bytes(std::span(file.bytes.data(), file.bytes.size()))));
  RETURN_IF_ERROR(writing->finish());
  return {};
}

}  // namespace

Status add_sample_data(Lake& lake, const version::Repository& repository, const std::string& committer) {
  for (const SampleFile& file : sample_files()) {
    if (auto status = upload(lake, repository, file); !status) return with_context(file.path, status.error());
  }
  version::CommitRequest commit;
  commit.committer = committer;
  commit.message = "Add sample data";
  RETURN_IF_ERROR(lake.engine.updates.commit(repository, repository.default_branch, commit));
  return version::set_protection_rules(lake.engine.repositories, repository,
                                       {repository.default_branch.str()}, {});
}

}  // namespace mere::lake

#include "cli/sample_repository.h"

#include <gtest/gtest.h>

#include "serve/program.h"

namespace mere::cli {
namespace {

class SampleRepository : public testing::Test {
 protected:
  SampleRepository() {
    serve::Config config;
    config.database_type = "mem";
    config.blockstore.type = "mem";
    program_ = serve::Program::open(config).value();
  }

  lake::Lake& lake() { return program_->lake(); }
  version::Repository create(const std::string& storage_namespace) {
    version::NewRepository wanted;
    wanted.name = version::RepositoryName(kSampleRepository);
    wanted.storage_namespace = {storage_namespace};
    return lake().engine.repositories.create(wanted).value();
  }
  version::CommitId head() {
    const auto repository =
        lake().engine.repositories.get(version::RepositoryName(kSampleRepository)).value();
    return lake().engine.refs.branch(repository, repository.default_branch).value().commit_id;
  }
  bool has_data() {
    const auto repository =
        lake().engine.repositories.get(version::RepositoryName(kSampleRepository)).value();
    return lake()
        .engine.entries.find(repository, version::RefExpr(head().str()), "lakes.parquet")
        .has_value();
  }

 private:
  std::unique_ptr<serve::Program> program_;
};

TEST_F(SampleRepository, IsMadeOnce) {
  ASSERT_TRUE(add_sample_repository(lake(), "me"));
  const version::CommitId made = head();

  ASSERT_TRUE(add_sample_repository(lake(), "me"));

  EXPECT_TRUE(has_data());
  EXPECT_EQ(head(), made);
}

TEST_F(SampleRepository, IsFinishedAfterItWasBrokenOff) {
  const version::Repository begun = create("mem://quickstart");
  const auto upload = lake().objects.begin_upload(begun, begun.default_branch, "lakes.parquet", {}).value();
  ASSERT_TRUE(upload->finish());

  const Status added = add_sample_repository(lake(), "me");

  ASSERT_TRUE(added) << added.error().message;
  EXPECT_TRUE(has_data());
}

TEST_F(SampleRepository, OfAnotherOriginStaysEmpty) {
  create("mem://elsewhere");

  ASSERT_TRUE(add_sample_repository(lake(), "me"));

  EXPECT_FALSE(has_data());
}

}  // namespace
}  // namespace mere::cli

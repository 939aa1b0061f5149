// A whole lake for tests: memory stores, or a local folder for the bytes, and a clock that is told to move.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lake/lake.h"
#include "version/protection.h"

namespace mere::lake {

// A folder that is gone at the end of the test.
class TestFolder {
 public:
  TestFolder() {
    std::string made = (std::filesystem::temp_directory_path() / "mere-lake-XXXXXX").string();
    path_ = ::mkdtemp(made.data());
  }
  TestFolder(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& relative, const std::string& text) const {
    const std::filesystem::path file = path_ / relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

inline LakeOptions test_options() {
  LakeOptions options;
  options.signing_secret = "signing secret";
  return options;
}

struct TestLake {
  // `store` is taken; its scheme begins the namespace.
  TestLake(std::unique_ptr<block::Store> bytes, std::unique_ptr<kv::Store> records,
           LakeOptions options = test_options(), WorkQueue& tasks = inline_work_queue(),
           WorkQueue& short_work = inline_work_queue())
      : state(std::move(records)),
        store(std::move(bytes)),
        trees(*store, {}),
        lake(*state, *store, trees, clock, system_random(), tasks, short_work, options),
        repository(make_repository("repo", store->capabilities("").scheme + "://repo")) {}
  TestLake() : TestLake(block::make_memory_store(system_clock()), kv::make_memory_store()) {}

  version::Repository make_repository(const std::string& name, const std::string& storage_namespace,
                                      bool read_only = false) {
    auto made = lake.engine.repositories.create({.name = version::RepositoryName(name),
                                                 .storage_namespace = {storage_namespace},
                                                 .read_only = read_only});
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return *made;
  }

  Result<tree::Entry> upload(const std::string& path, std::string_view text,
                             const BranchName& branch = BranchName("main"), UploadOptions options = {}) {
    ASSIGN_OR_RETURN(auto upload, lake.objects.begin_upload(repository, branch, path, options));
    RETURN_IF_ERROR(upload->append(std::as_bytes(std::span(text))));
    return upload->finish();
  }
  Result<std::string> read(const std::string& path, const std::string& ref = "main") const {
    ASSIGN_OR_RETURN(const tree::Entry entry, lake.objects.find(repository, RefExpr(ref), path));
    ASSIGN_OR_RETURN(const auto reader, lake.objects.open(repository, entry));
    std::string text(reader->properties().size_bytes, '\0');
    ASSIGN_OR_RETURN(const std::size_t got, reader->read_at(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    return text;
  }
  Result<version::Commit> commit(const std::string& branch = "main", const std::string& message = "commit") {
    clock.advance(std::chrono::seconds(1));
    return lake.engine.updates.commit(repository, BranchName(branch),
                                      {.committer = "tester", .message = message});
  }
  void protect(const std::string& pattern) {
    ASSERT_TRUE(version::set_protection_rules(lake.engine.repositories, repository, {pattern}, std::nullopt));
  }
  std::vector<std::string> stored_objects() const {  // below the repository's data/
    std::vector<std::string> found;
    auto listed =
        store->list(block::join(repository.storage_namespace, "data"), {}, [&](const block::Listed& object) {
          found.push_back(object.address.uri);
          return true;
        });
    EXPECT_TRUE(listed || listed.error().code == Code::not_found);
    return found;
  }

  ManualClock clock;
  std::unique_ptr<kv::Store> state;
  std::unique_ptr<block::Store> store;
  tree::Trees trees;
  Lake lake;
  version::Repository repository;
};

inline const BranchName kMain("main");

}  // namespace mere::lake

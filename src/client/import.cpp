#include "client/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/uri.h"

namespace mere::client {
namespace {

constexpr std::chrono::milliseconds kFirstLook{10};
constexpr std::chrono::milliseconds kLookAgain{2000};

}  // namespace

Import::Import(Api api, std::string repository, std::string branch, std::string message)
    : api_(std::move(api)), repository_(std::move(repository)), branch_(std::move(branch)) {
  creation_.commit.message = std::move(message);
}

std::string Import::uri() const {
  return Uri{repository_, branch_, ""}.to_string();
}

Import& Import::add_prefix(std::string_view address, std::string_view destination) {
  creation_.paths.push_back(
      {api::ImportLocationType::common_prefix, std::string(address), std::string(destination)});
  return *this;
}

Import& Import::add_object(std::string_view address, std::string_view destination) {
  creation_.paths.push_back(
      {api::ImportLocationType::object, std::string(address), std::string(destination)});
  return *this;
}

Import& Import::set_metadata(std::map<std::string, std::string> metadata) {
  creation_.commit.metadata = std::move(metadata);
  return *this;
}

Result<std::string> Import::start() const {
  ASSIGN_OR_RETURN(
      auto started,
      about(uri(), api_.import_start({.repository = repository_, .branch = branch_}, creation_)));
  return std::move(started.id);
}

Result<api::ImportStatus> Import::status(const std::string& id) const {
  return about(uri(), api_.import_status({.repository = repository_, .branch = branch_, .id = id}));
}

Status Import::cancel(const std::string& id) const {
  return about(uri(), api_.import_cancel({.repository = repository_, .branch = branch_, .id = id}));
}

Result<api::Commit> Import::run(const std::function<void(const api::ImportStatus&)>& progress,
                                std::stop_token stop) const {
  ASSIGN_OR_RETURN(const std::string id, start());
  return wait(id, progress, stop);
}

Result<api::Commit> Import::wait(const std::string& id,
                                 const std::function<void(const api::ImportStatus&)>& progress,
                                 const std::stop_token& stop) const {
  LoopThread& loop = api_.session()->loop();
  BlockingExecutor here;
  for (auto delay = kFirstLook;; delay = std::min(delay * 2, kLookAgain)) {
    ASSIGN_OR_RETURN(api::ImportStatus now, status(id));
    if (progress) progress(now);
    if (now.completed && now.commit) return std::move(*now.commit);
    if (now.error) {
      return Error{Code::invalid_argument,
                   fmt::format("{}: the import failed: {}", uri(), now.error->message)};
    }
    if (now.completed) {
      return Error{Code::corrupt, fmt::format("{}: the server tells no commit of the import", uri())};
    }
    const bool slept = here.run(pause(loop, here, delay, stop));
    if (!slept) {
      RETURN_IF_ERROR(cancel(id));
      return Error{Code::cancelled, fmt::format("{}: the import was cancelled", uri())};
    }
  }
}

}  // namespace mere::client

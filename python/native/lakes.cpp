#include "lakes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include "base/log.h"
#include "base/random.h"
#include "interpreter_lock.h"

namespace mere::python {
namespace {

struct Shared {
  std::mutex mutex;
  std::unique_ptr<client::LoopThread> loop;
  std::map<std::string, std::weak_ptr<http::Client>> clients;  // by key_of their options
  std::map<std::string, std::weak_ptr<Lake>> folders;          // by canonical path
  std::set<std::string> open_here;  // until the lake is closed, after its last session
  std::condition_variable closed;
};

constexpr std::chrono::seconds kLongestParking{5};

int current_generation = 0;
std::atomic<bool> is_parked = false;
// Never destroyed: calls may be under way while the process ends, and a child of a fork cannot join
// threads that it does not have.
Shared* shared = new Shared;

Result<std::string> checked_origin(const std::string& origin) {
  if (!origin.starts_with("http://") && !origin.starts_with("https://")) {
    return Error{Code::invalid_argument, fmt::format("'{}' is no http:// or https:// URL", origin)};
  }
  std::string trimmed = origin;
  while (trimmed.ends_with('/')) trimmed.pop_back();
  return trimmed;
}

client::LoopThread& loop_locked() {
  if (!shared->loop) shared->loop = std::make_unique<client::LoopThread>();
  return *shared->loop;
}

std::unique_ptr<client::Connection> connection_over(std::unique_ptr<client::Transport> transport) {
  return std::make_unique<client::Connection>(std::move(transport), loop_locked(), system_random());
}

std::string key_of(const http::ClientOptions& options) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", options.max_connections, options.verify_tls,
                     options.ca_file, options.certificate_file, options.key_file, options.tls_server_name,
                     options.proxy);
}

Result<std::shared_ptr<http::Client>> client_locked(const http::ClientOptions& options) {
  std::weak_ptr<http::Client>& known = shared->clients[key_of(options)];
  if (auto client = known.lock()) return client;
  ASSIGN_OR_RETURN(std::shared_ptr<http::Client> client, http::Client::make(options));
  known = client;
  return client;
}

Result<std::shared_ptr<Lake>> reach_locked(const HttpSettings& settings) {
  ASSIGN_OR_RETURN(const std::string origin, checked_origin(settings.origin));
  auto lake = std::make_shared<Lake>();
  ASSIGN_OR_RETURN(lake->client, client_locked(settings.options));
  lake->connection = connection_over(client::make_http_transport(*lake->client, origin));
  lake->http = settings.options;
  lake->name = origin;
  return lake;
}

serve::Config local_config(const std::string& folder) {
  serve::Config config;
  config.data_dir = folder;
  config.blockstore.import_enabled = true;  // whoever opens the folder may read what this process may read
  config.blockstore.allowed_external_prefixes = {"/"};
  return config;
}

// Closes the lake, then lets others of this process open the folder again.
struct CloseLocal {
  std::string path;
  Shared* owner;
  void operator()(Lake* lake) const {
    if (owner != shared) return;  // a child of a fork: the parent has it open
    delete lake;
    std::lock_guard lock(owner->mutex);
    owner->open_here.erase(path);
    owner->closed.notify_all();
  }
};

}  // namespace

int generation() {
  return current_generation;
}

void after_fork_in_child() {
  ++current_generation;
  is_parked = false;
  forget_other_calls();
  shared = new Shared;
}

client::LoopThread& loop_thread() {
  std::lock_guard lock(shared->mutex);
  return loop_locked();
}

void park_loop_thread() {
  const auto at_rest = std::make_shared<std::promise<void>>();
  {
    std::lock_guard lock(shared->mutex);
    if (!shared->loop || is_parked) return;
    is_parked = true;
    shared->loop->post([at_rest] {
      at_rest->set_value();
      for (;;) ::pause();  // until the process ends
    });
  }
  at_rest->get_future().wait_for(kLongestParking);
}

bool parked() {
  return is_parked;
}

Result<std::shared_ptr<Lake>> reach_server(const HttpSettings& settings) {
  std::lock_guard lock(shared->mutex);
  return reach_locked(settings);
}

Result<std::shared_ptr<http::Client>> client_for(const http::ClientOptions& options) {
  std::lock_guard lock(shared->mutex);
  return client_locked(options);
}

Result<std::shared_ptr<Lake>> open_folder(const std::string& folder, bool create) {
  std::error_code problem;
  const std::string path = std::filesystem::weakly_canonical(std::filesystem::absolute(folder), problem);
  if (problem) return Error{Code::invalid_argument, fmt::format("{}: {}", folder, problem.message())};

  std::unique_lock lock(shared->mutex);
  if (auto known = shared->folders[path].lock()) return known;
  shared->closed.wait(lock, [&] { return !shared->open_here.contains(path); });
  auto opened = serve::open_local_lake(local_config(path), create);
  if (!opened && opened.error().code == Code::unavailable) {
    const auto serving = serve::find_serving(path);
    if (!serving) {
      return Error{Code::unavailable,
                   fmt::format("the lake in {} is open in another process; to share it, let that process "
                               "end and start `mere serve --data {}`, which all can connect to",
                               path, path)};
    }
    ASSIGN_OR_RETURN(auto lake, reach_locked({serving->address, {}}));
    lake->token = serving->token;
    shared->folders[path] = lake;
    return lake;
  }
  if (!opened) return opened.error();
  std::shared_ptr<Lake> lake(new Lake, CloseLocal{path, shared});
  lake->local = std::make_unique<serve::LocalLake>(std::move(*opened));
  lake->connection = connection_over(client::make_local_transport(lake->local->program->handler(), path));
  lake->name = path;
  lake->token = lake->local->token;
  shared->open_here.insert(path);
  shared->folders[path] = lake;
  return lake;
}

}  // namespace mere::python

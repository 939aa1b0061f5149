#include "serve/program.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <thread>

#include "base/disk_faults.h"
#include "base/metrics.h"
#include "block/failing_disk.h"
#include "http/client.h"
#include "http/server.h"
#include "kv/failing_store.h"
#include "kv/store.h"
#include "rest/object_links.h"
#include "rest/service.h"
#include "s3/gateway.h"
#include "serve/front.h"
#include "serve/layout.h"
#include "serve/local_access.h"
#include "serve/secrets.h"
#include "serve/stores.h"
#include "serve/version.h"
#include "web/pages.h"

namespace mere::serve {
namespace {

Status make_folder(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem)
    return Error{Code::io_error, fmt::format("cannot create the folder {}: {}", path, problem.message())};
  return {};
}

bool on_disk(const Config& config) {
  return config.database_type == "local" || has_local_store(config);
}

Result<std::string> secret_of(const Config& config) {
  if (!config.auth_secret.empty()) return config.auth_secret;
  if (!on_disk(config)) return derive_secret(random_uuid(system_random()), "throw-away lake");
  return load_or_make_secret(config.data_dir + "/secret.key", system_random());
}

// The disk as the parts see it: the real one, unless it is to fail.
struct Disk {
  std::unique_ptr<DiskFaults> faults;
  std::unique_ptr<block::FileSystem> failing;
  block::FileSystem& files() const { return failing ? *failing : block::real_file_system(); }
};

Result<Disk> open_disk(const std::string& plan) {
  Disk disk;
  if (plan.empty()) return disk;
  log::warn("the disk fails on purpose", {{"plan", plan}});
  ASSIGN_OR_RETURN(disk.faults, make_disk_faults(plan));
  disk.failing = block::make_failing_file_system(*disk.faults);
  return disk;
}

Result<std::unique_ptr<kv::Store>> open_state(const Config& config, SharedLog& log, DiskFaults* faults) {
  if (config.database_type == "mem") return kv::make_memory_store();
  kv::RocksDbOptions options;
  options.path = config.database_path.empty() ? config.data_dir + "/metadata" : config.database_path;
  options.sync_writes = config.database_sync_writes;
  options.cut_damaged_log = config.database_cut_damaged_log;
  options.shared_log = &log;
  RETURN_IF_ERROR(make_folder(options.path));
  return faults ? kv::open_failing_rocksdb_store(options, *faults) : kv::open_rocksdb_store(options);
}

// Half of the ranges of 10^7 entries, if the process may open so many files beside its connections.
std::size_t open_tables() {
  constexpr std::size_t kMost = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMost / 8;
  return std::min<std::size_t>(kMost, limit.rlim_cur / 8);
}

tree::TreeOptions tree_options(const Config& config) {
  tree::TreeOptions options;
  options.prefix = config.committed_prefix;
  options.min_range_size_bytes = config.min_range_size_bytes;
  options.max_range_size_bytes = config.max_range_size_bytes;
  options.range_raggedness_entries = config.range_raggedness_entries;
  options.block_cache_bytes = config.table_cache_bytes;
  options.open_tables = open_tables();
  return options;
}

lake::LakeOptions lake_options(const Config& config, const std::string& secret) {
  lake::LakeOptions options;
  options.prefix = config.committed_prefix;
  options.signing_secret =
      config.signing_secret.empty() ? derive_secret(secret, "link addresses") : config.signing_secret;
  options.links_secret = derive_secret(secret, "object links");
  options.presign = presign_settings(config);
  options.object_cache_bytes = config.object_cache_bytes;
  options.updates.compact_after_entries = config.compact_after_entries;
  return options;
}

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions options;
  options.listen = config.listen_address;
  options.io_threads = config.io_threads;
  options.max_connections = config.max_connections;
  options.max_header_bytes = config.max_header_bytes;
  options.body_memory_bytes = config.body_memory_bytes;
  options.header_timeout = config.header_timeout;
  options.idle_timeout = config.idle_timeout;
  options.body_timeout = config.body_timeout;
  options.min_body_rate = config.min_body_rate;
  if (config.tls_enabled) {
    options.tls_certificate_file = config.tls_certificate_file;
    options.tls_key_file = config.tls_key_file;
  }
  return options;
}

// Calls `work` every `interval` on a thread of its own until destroyed.
class Periodic {
 public:
  Periodic(std::chrono::seconds interval, std::function<void()> work)
      : thread_([this, interval, work = std::move(work)] {
          std::unique_lock lock(mutex_);
          while (!stopped_.wait_for(lock, interval, [this] { return stop_; })) {
            lock.unlock();
            work();
            lock.lock();
          }
        }) {}
  ~Periodic() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    stopped_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

// Often enough for what is abandoned, and for the answers of completed uploads, which are kept for an hour.
std::chrono::seconds expiry_interval(const Config& config) {
  return std::clamp<std::chrono::seconds>(config.uploads_abandoned_after / 4, std::chrono::seconds(1),
                                          std::chrono::hours(1));
}

void report(std::string_view what, const Status& status) {
  if (!status) log::error(what, {{"error", status.error().message}});
}

}  // namespace

// Members in the order of their dependence: destroyed from the top down.
struct Program::Impl {
  Impl(const Config& settings, Disk its_disk, std::unique_ptr<SharedLog> log,
       std::unique_ptr<block::Store> block_store, std::unique_ptr<kv::Store> state_store,
       std::unique_ptr<http::Client> fallback_client, const std::string& secret)
      : config(settings),
        disk(std::move(its_disk)),
        shared_log(std::move(log)),
        blocks(std::move(block_store)),
        state(std::move(state_store)),
        builders(make_thread_pool(4, 64)),
        trees(*blocks, tree_options(config), builders.get()),
        long_work(make_thread_pool(4, 4096)),
        short_work(make_thread_pool(4, 4096)),
        lake(*state, *blocks, trees, system_clock(), system_random(), *long_work, *short_work,
             lake_options(config, secret)),
        auth(*state, system_clock(), system_random(),
             {secret, config.login_duration, config.installation_fixed_id}),
        fallback(std::move(fallback_client)),
        workers(make_thread_pool(config.worker_threads, 16'384)),
        request_ids(system_random().next_u64()),
        rest({lake, auth, *workers, request_ids, metrics, rest_settings()}),
        links(lake, *workers),
        s3({lake, auth, *workers, request_ids, metrics, fallback.get(), s3_settings()}),
        front(rest, links, s3, pages) {}

  rest::Settings rest_settings() const {
    rest::Settings settings;
    settings.mere_version = kVersion;
    settings.logout_redirect_url = config.logout_redirect_url;
    settings.audit_level = config.audit_log_level;
    settings.external_url = config.external_url;
    return settings;
  }

  // A store that was taken out of the configuration, or renamed in it, still has repositories: to serve
  // without their bytes would look like their loss.
  Status check_repositories_have_stores() {
    for (version::PageRequest page{.amount = 1000};;) {
      ASSIGN_OR_RETURN(const auto found, lake.engine.repositories.list(page, ""));
      for (const version::Repository& repository : found.items) {
        const std::string& id = repository.storage_namespace.storage_id;
        if (!blocks->capabilities(id).type.empty()) continue;
        return Error{Code::invalid_argument,
                     id.empty() ? fmt::format("repository '{}' is older than the several stores of the "
                                              "configuration: set 'backward_compatible: true' for the store "
                                              "that has its objects",
                                              repository.name.str())
                                : fmt::format("repository '{}' is in the store '{}', which the configuration "
                                              "does not have",
                                              repository.name.str(), id)};
      }
      if (!found.has_more) return {};
      page.after = found.items.back().name.str();
    }
  }

  s3::Settings s3_settings() const {
    s3::Settings settings;
    settings.domain_names = config.s3_domain_names;
    settings.region = config.s3_region;
    settings.fallback_url = config.s3_fallback_url;
    settings.verify_unsupported = config.s3_verify_unsupported;
    settings.create_bucket_namespace_prefix = config.s3_create_bucket_namespace_prefix;
    settings.audit_level = config.audit_log_level;
    return settings;
  }

  // What a crash may have left half done.
  Status recover() {
    RETURN_IF_ERROR(check_repositories_have_stores());
    RETURN_IF_ERROR(lake.engine.repositories.resume_deletions());
    RETURN_IF_ERROR(lake.recover());
    short_work->submit([this] { report("erasing dropped changes", lake.engine.staging.erase_dropped()); });
    return {};
  }

  Status set_up_first_admin() {
    const bool named = !config.installation_user_name.empty() && !config.installation_access_key_id.empty() &&
                       !config.installation_secret_access_key.empty();
    if (!named) return {};
    ASSIGN_OR_RETURN(const bool initialized, auth.is_initialized());
    if (initialized) return {};
    const auto made = auth.setup(config.installation_user_name, config.installation_access_key_id,
                                 config.installation_secret_access_key);
    if (!made) return with_context("setting up the first admin", made.error());
    log::info("first admin set up", {{"user", config.installation_user_name}});
    return {};
  }

  const Config config;
  const Disk disk;
  const std::unique_ptr<SharedLog> shared_log;
  std::unique_ptr<block::Store> blocks;
  // Goes after the store of state, which may be about to leave a call of one of its loops.
  std::unique_ptr<http::Server> server;
  std::unique_ptr<kv::Store> state;  // goes before the stores whose records its log carries
  std::unique_ptr<WorkQueue> builders;
  tree::Trees trees;
  // Apart, so that no import holds up the clean-up that keeps reads fast.
  std::unique_ptr<WorkQueue> long_work;
  std::unique_ptr<WorkQueue> short_work;
  lake::Lake lake;
  auth::Auth auth;
  metrics::Metrics metrics;
  std::unique_ptr<http::Client> fallback;  // null: none is configured
  std::unique_ptr<WorkQueue> workers;
  SeededRandom request_ids;  // of all surfaces: a call of the system for each would cost 1 us
  rest::Service rest;
  rest::ObjectLinks links;
  s3::Gateway s3;
  web::Pages pages;
  Front front;

  std::mutex mutex;  // guards server and stopped
  bool stopped = false;
};

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Program::~Program() {
  if (impl_) {
    impl_->workers.reset();
    impl_->lake.tasks.drain();
    // They finish what was submitted, while the lake it works on still stands.
    impl_->long_work.reset();
    impl_->short_work.reset();
    report("storing the usage count", impl_->lake.usage.flush());
  }
}

Result<std::unique_ptr<Program>> Program::open(const Config& config, const std::string& disk_faults) {
  if (config.tls_enabled && (config.tls_certificate_file.empty() || config.tls_key_file.empty())) {
    return Error{Code::invalid_argument, "tls.enabled needs tls.cert_file and tls.key_file"};
  }
  if (on_disk(config)) {
    RETURN_IF_ERROR(make_folder(config.data_dir));
  }
  auto shared_log = std::make_unique<SharedLog>();
  ASSIGN_OR_RETURN(Disk disk, open_disk(disk_faults));
  ASSIGN_OR_RETURN(auto blocks, open_stores(config, *shared_log, disk.files()));
  // Takes the lock on the lake, and gives the stores back what a crash left of theirs in its log.
  ASSIGN_OR_RETURN(auto state, open_state(config, *shared_log, disk.faults.get()));
  RETURN_IF_ERROR(check_layout(*state));
  ASSIGN_OR_RETURN(const std::string secret, secret_of(config));
  std::unique_ptr<http::Client> fallback;
  if (!config.s3_fallback_url.empty()) {
    ASSIGN_OR_RETURN(fallback, http::Client::make({}));
  }
  auto impl = std::make_unique<Impl>(config, std::move(disk), std::move(shared_log), std::move(blocks),
                                     std::move(state), std::move(fallback), secret);
  RETURN_IF_ERROR(impl->recover());
  RETURN_IF_ERROR(impl->set_up_first_admin());
  return std::unique_ptr<Program>(new Program(std::move(impl)));
}

lake::Lake& Program::lake() {
  return impl_->lake;
}
auth::Auth& Program::auth() {
  return impl_->auth;
}
http::Handler& Program::handler() {
  return impl_->front;
}

std::unique_ptr<ServingFile> Program::tell_where(const std::string& url) const {
  if (!on_disk(impl_->config)) return nullptr;
  const auto token = administrator_token(impl_->auth);
  if (!token) return nullptr;  // not set up yet
  return std::make_unique<ServingFile>(impl_->config.data_dir, Serving{url, *token});
}

Status Program::serve(const std::function<void(const std::string&)>& ready) {
  http::Server* server = nullptr;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) return {};
    ASSIGN_OR_RETURN(impl_->server, http::Server::listen(server_options(impl_->config), impl_->front));
    server = impl_->server.get();
  }
  const Periodic usage(impl_->config.usage_flush_interval,
                       [this] { report("storing the usage count", impl_->lake.usage.flush()); });
  const Periodic uploads(expiry_interval(impl_->config), [this] {
    const auto aborted = impl_->lake.multiparts.expire(impl_->config.uploads_abandoned_after);
    if (!aborted) return report("aborting abandoned uploads", aborted.error());
    if (*aborted > 0) log::info("abandoned uploads were aborted", {{"uploads", *aborted}});
  });
  const std::string url = (impl_->config.tls_enabled ? "https://" : "http://") + server->address();
  auto serving_file = tell_where(url);
  impl_->auth.when_set_up([&] { serving_file = tell_where(url); });
  ready(url);
  server->run();
  impl_->auth.when_set_up(nullptr);
  impl_->lake.tasks.drain();
  return {};
}

void Program::stop() {
  http::Server* server = nullptr;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    server = impl_->server.get();
  }
  if (server != nullptr) server->stop(impl_->config.shutdown_grace);
}

}  // namespace mere::serve

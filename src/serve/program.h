// A lake with its doors: everything built, wired and owned, bottom up.
#pragma once

#include <memory>
#include <string>

#include "auth/auth.h"
#include "base/result.h"
#include "http/message.h"
#include "lake/lake.h"
#include "serve/config.h"

namespace mere::serve {

class ServingFile;

// A lake opened in this process, without a socket. Any thread may use its parts.
class Program {
 public:
  // Opens or creates the lake that `config` describes: stores, engine, the first admin if the
  // configuration names one. Errors: `unavailable` if another process has the lake open (naming the
  // folder), `invalid_argument` (also for a lake of a later program), `permission_denied`, `io_error`,
  // `no_space`, `corrupt`.
  // `disk_faults`: how the disk is to fail (base/disk_faults.h), for `mere torture`; "": it is left alone.
  static Result<std::unique_ptr<Program>> open(const Config& config, const std::string& disk_faults = {});
  ~Program();
  Program(const Program&) = delete;

  lake::Lake& lake();
  auth::Auth& auth();
  // Answers every request of every surface: REST, pages. Any thread.
  http::Handler& handler();

  // Binds and serves until `stop` is called; returns when the last connection is closed and all
  // background work is done or stored.
  // `ready` is told the URL once the socket listens.
  Status serve(const std::function<void(const std::string& url)>& ready);
  void stop();  // any thread; not from a signal handler

 private:
  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<ServingFile> tell_where(const std::string& url) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mere::serve

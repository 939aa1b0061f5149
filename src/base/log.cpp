#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>

#include "base/clock.h"
#include "base/log_record.h"

namespace mere::log {
namespace {

// The one place of the process where logs go: a logger handed through every constructor would be in
// each signature and never differ.
struct Destination {
  std::shared_ptr<spdlog::logger> logger;
  Format format = Format::text;
};

std::shared_ptr<spdlog::logger> make_logger(std::vector<spdlog::sink_ptr> sinks) {
  auto logger = std::make_shared<spdlog::logger>("mere", sinks.begin(), sinks.end());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  logger->set_level(spdlog::level::trace);  // levels are decided before a record is made
  logger->flush_on(spdlog::level::trace);
  // A sink that fails must not make noise for each record, and has nowhere to make it.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

std::atomic<Level> threshold{Level::info};

Destination& destination() {
  // Not destroyed: threads may log until the process ends.
  static Destination& here =
      *new Destination{make_logger({std::make_shared<spdlog::sinks::stderr_sink_mt>()}), Format::text};
  return here;
}

}  // namespace

std::optional<Level> level_named(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == "trace") return Level::trace;
  if (lower == "debug") return Level::debug;
  if (lower == "info") return Level::info;
  if (lower == "warn" || lower == "warning") return Level::warn;
  if (lower == "error") return Level::error;
  if (lower == "none") return Level::none;
  return std::nullopt;
}

Status configure(const Options& options) {
  std::vector<spdlog::sink_ptr> sinks;
  for (const std::string& output : options.outputs) {
    try {
      if (output == "-") {
        sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
      } else if (output == "=") {
        sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
      } else {
        // spdlog keeps at most 200,000 and wants a size above 0.
        sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
            output, std::max<std::size_t>(options.file_max_bytes, 1),
            std::min<std::size_t>(options.files_kept, 200'000)));
      }
    } catch (const spdlog::spdlog_ex& failure) {
      return Error{Code::io_error, "log file " + output + " cannot be opened: " + failure.what()};
    }
  }
  destination().logger = make_logger(std::move(sinks));
  destination().format = options.format;
  threshold.store(options.level, std::memory_order_relaxed);
  return {};
}

bool enabled(Level level) {
  return level >= threshold.load(std::memory_order_relaxed) && level != Level::none;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const Destination& to = destination();
  const Timestamp now = system_clock().now();
  const std::string record = to.format == Format::json ? json_record(now, level, message, fields)
                                                       : text_record(now, level, message, fields);
  to.logger->log(spdlog::level::info, spdlog::string_view_t(record.data(), record.size()));
}

}  // namespace mere::log

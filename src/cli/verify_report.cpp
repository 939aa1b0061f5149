#include "cli/verify_report.h"

#include <fmt/format.h>

#include <ostream>

#include "base/json_writer.h"

namespace mere::cli {
namespace {

constexpr auto kShowEvery = std::chrono::milliseconds(100);

void write_json(std::ostream& out, const lake::Finding& finding) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.key("kind");
  json.string(lake::name_of(finding.kind));
  json.key("repository");
  json.string(finding.repository.str());
  json.key("where");
  json.string(finding.where);
  json.key("path");
  json.string(finding.path);
  json.key("address");
  json.string(finding.address);
  json.key("detail");
  json.string(finding.detail);
  json.key("quarantined");
  json.boolean(finding.quarantined);
  json.end_object();
  out << line << "\n";
}

void write_text(std::ostream& out, const lake::Finding& finding) {
  out << lake::name_of(finding.kind) << ": " << finding.repository.str() << ", " << finding.where;
  if (!finding.path.empty()) out << ", " << finding.path;
  if (!finding.address.empty()) out << " (" << finding.address << ")";
  out << ": " << finding.detail << (finding.quarantined ? " [moved to _quarantine]" : "") << "\n";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

void VerifyReport::finding(const lake::Finding& finding) {
  clear();
  json_ ? write_json(streams_.out, finding) : write_text(streams_.out, finding);
  streams_.out.flush();  // whoever reads along acts on it
}

void VerifyReport::progress(const lake::VerifyCounts& counts) {
  if (!streams_.err_is_terminal) return;
  const auto now = Clock::now();
  if (now - shown_at_ < kShowEvery) return;
  shown_at_ = now;
  streams_.err << "\r\x1b[K" << counts.tables << " tables, " << counts.entries << " objects, "
               << (counts.bytes >> 20) << " MiB read, " << counts.findings << " found" << std::flush;
  shown_ = true;
}

void VerifyReport::clear() {
  if (shown_) streams_.err << "\r\x1b[K" << std::flush;
  shown_ = false;
}

void VerifyReport::summary(const lake::VerifyCounts& counts, bool bytes_read) {
  streams_.err << fmt::format(
      "{}, {}, {} and {} were looked at", counted(counts.repositories, "repository", "repositories"),
      counted(counts.commits, "commit", "commits"), counted(counts.tables, "table", "tables"),
      counted(counts.entries, "object", "objects"));
  if (bytes_read) {
    streams_.err << fmt::format(", {} read ({} without a checksum of bytes)",
                                counted(counts.bytes, "byte", "bytes"),
                                counted(counts.without_checksum, "object", "objects"));
  }
  streams_.err << fmt::format(": {} found\n",
                              counts.findings == 0 ? "nothing" : std::to_string(counts.findings));
}

}  // namespace mere::cli

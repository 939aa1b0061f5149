#include "torture/report.h"

#include <fmt/format.h>

#include <ostream>

#include "base/json_writer.h"

namespace mere::torture {
namespace {

void add_map(std::map<std::string, std::uint64_t>& into, const std::map<std::string, std::uint64_t>& more) {
  for (const auto& [name, count] : more) into[name] += count;
}

std::string counts(const std::map<std::string, std::uint64_t>& map) {
  std::string text;
  for (const auto& [name, count] : map) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

void write_map(JsonWriter& json, std::string_view name, const std::map<std::string, std::uint64_t>& map) {
  json.key(name);
  json.begin_object();
  for (const auto& [key, count] : map) {
    json.key(key);
    json.unsigned_integer(count);
  }
  json.end_object();
}

void write_lines(JsonWriter& json, std::string_view name, const std::vector<std::string>& lines) {
  json.key(name);
  json.begin_array();
  for (const std::string& line : lines) json.string(line);
  json.end_array();
}

void write(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.key("seed");
  json.unsigned_integer(finding.seed);
  json.key("round");
  json.unsigned_integer(finding.round);
  json.key("fault");
  json.string(finding.fault);
  json.key("who");
  json.string(finding.who);
  write_lines(json, "problems", finding.problems);
  write_lines(json, "history", finding.history);
  json.end_object();
}

// Every number of Totals by its name, in the order of the summary.
template <class F>
void each_number(const Totals& totals, const F& use) {
  use("lakes", totals.lakes);
  use("rounds", totals.rounds);
  use("kills", totals.kills);
  use("stops", totals.stops);
  use("kills_while_starting", totals.kills_while_starting);
  use("operations", totals.operations);
  use("shared_operations", totals.shared_operations);
  use("done", totals.done);
  use("refused", totals.refused);
  use("failed", totals.failed);
  use("lost", totals.lost);
  use("happened", totals.happened);
  use("absent", totals.absent);
  use("checks", totals.checks);
  use("histories", totals.histories);
  use("undecided", totals.undecided);
  use("objects_read", totals.objects_read);
  use("bytes_read", totals.bytes_read);
  use("verifications", totals.verifications);
}

}  // namespace

void Totals::add(const Totals& other) {
  lakes += other.lakes;
  rounds += other.rounds;
  kills += other.kills;
  stops += other.stops;
  kills_while_starting += other.kills_while_starting;
  add_map(faults, other.faults);
  operations += other.operations;
  done += other.done;
  refused += other.refused;
  failed += other.failed;
  lost += other.lost;
  shared_operations += other.shared_operations;
  add_map(kinds, other.kinds);
  happened += other.happened;
  absent += other.absent;
  checks += other.checks;
  histories += other.histories;
  undecided += other.undecided;
  objects_read += other.objects_read;
  bytes_read += other.bytes_read;
  verifications += other.verifications;
}

void print(std::ostream& out, const Totals& totals, double seconds) {
  out << fmt::format("{} rounds on {} lakes in {:.0f} s: {} kills, {} of them while starting, {} stops\n",
                     totals.rounds, totals.lakes, seconds, totals.kills + totals.kills_while_starting,
                     totals.kills_while_starting, totals.stops)
      << fmt::format("  {}\n", counts(totals.faults))
      << fmt::format("{} operations: {} acknowledged, {} refused, {} failed, {} without an answer\n",
                     totals.operations, totals.done, totals.refused, totals.failed, totals.lost)
      << fmt::format("  {} on a shared branch; {}\n", totals.shared_operations, counts(totals.kinds))
      << fmt::format("of those that failed or had no answer, {} had happened whole and {} not at all\n",
                     totals.happened, totals.absent)
      << fmt::format("{} histories of the shared branch are linearizable, {} were too long to decide\n",
                     totals.histories - totals.undecided, totals.undecided)
      << fmt::format("{} checks of a client's whole state, {} objects ({} MiB) read back, {} verifications\n",
                     totals.checks, totals.objects_read, totals.bytes_read >> 20, totals.verifications);
}

void print(std::ostream& out, const Finding& finding) {
  out << fmt::format("FOUND in round {} ({}) of the lake with seed {}, {}:\n", finding.round, finding.fault,
                     finding.seed, finding.who);
  for (const std::string& problem : finding.problems) out << "  " << problem << "\n";
  if (!finding.history.empty()) out << "What led to it:\n";
  for (const std::string& line : finding.history) out << "  " << line << "\n";
}

std::string to_json(const Totals& totals, const std::vector<Finding>& findings, std::uint64_t seed,
                    double seconds) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("seed");
  json.unsigned_integer(seed);
  json.key("seconds");
  json.number(seconds);
  each_number(totals, [&](std::string_view name, std::uint64_t count) {
    json.key(name);
    json.unsigned_integer(count);
  });
  write_map(json, "faults", totals.faults);
  write_map(json, "kinds", totals.kinds);
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : findings) write(json, finding);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace mere::torture

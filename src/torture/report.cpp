#include "torture/report.h"

#include <fmt/format.h>

#include <array>
#include <ostream>
#include <utility>

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
constexpr auto kNumbers = std::to_array<std::pair<std::string_view, std::uint64_t Totals::*>>({
    {"lakes", &Totals::lakes},
    {"rounds", &Totals::rounds},
    {"kills", &Totals::kills},
    {"stops", &Totals::stops},
    {"kills_while_starting", &Totals::kills_while_starting},
    {"files_cut", &Totals::files_cut},
    {"names_undone", &Totals::names_undone},
    {"operations", &Totals::operations},
    {"shared_operations", &Totals::shared_operations},
    {"done", &Totals::done},
    {"refused", &Totals::refused},
    {"failed", &Totals::failed},
    {"lost", &Totals::lost},
    {"happened", &Totals::happened},
    {"absent", &Totals::absent},
    {"checks", &Totals::checks},
    {"histories", &Totals::histories},
    {"undecided", &Totals::undecided},
    {"objects_read", &Totals::objects_read},
    {"bytes_read", &Totals::bytes_read},
    {"verifications", &Totals::verifications},
});

}  // namespace

void Totals::add(const Totals& other) {
  for (const auto& [name, number] : kNumbers) this->*number += other.*number;
  add_map(faults, other.faults);
  add_map(kinds, other.kinds);
}

void print(std::ostream& out, const Totals& totals, double seconds) {
  out << fmt::format("{} rounds on {} lakes in {:.0f} s: {} kills, {} of them while starting, {} stops\n",
                     totals.rounds, totals.lakes, seconds, totals.kills + totals.kills_while_starting,
                     totals.kills_while_starting, totals.stops)
      << fmt::format("  {}; power failures cut {} files and undid {} names\n", counts(totals.faults),
                     totals.files_cut, totals.names_undone)
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
  for (const auto& [name, number] : kNumbers) {
    json.key(name);
    json.unsigned_integer(totals.*number);
  }
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

// What a run did and found.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace mere::torture {

struct Totals {
  std::uint64_t lakes = 0;
  std::uint64_t rounds = 0;  // each ends with a server that is not there any more
  std::uint64_t kills = 0, stops = 0;
  std::uint64_t kills_while_starting = 0;         // besides
  std::uint64_t files_cut = 0, names_undone = 0;  // by power failures
  std::map<std::string, std::uint64_t> faults{};  // rounds with each
  std::uint64_t operations = 0;                   // = done + refused + failed + lost
  std::uint64_t done = 0, refused = 0, failed = 0, lost = 0;
  std::uint64_t shared_operations = 0;           // of them, on the branch that all share
  std::map<std::string, std::uint64_t> kinds{};  // of the others, each kind
  std::uint64_t happened = 0, absent = 0;        // failed or lost ones, as the lake showed them afterwards
  std::uint64_t checks = 0;                      // of a client's whole state
  std::uint64_t histories = 0;                   // of the shared branch, checked for linearizability
  std::uint64_t undecided = 0;                   // of them: the search was given up
  std::uint64_t objects_read = 0, bytes_read = 0;
  std::uint64_t verifications = 0;  // by `mere verify`

  void add(const Totals& other);
};

// Something that must not be.
struct Finding {
  std::uint64_t seed = 0;               // of the lake
  std::uint64_t round = 0;              // of the lake, from 1
  std::string fault{};                  // of the round
  std::string who{};                    // "client 2", "verify", "server"
  std::vector<std::string> problems{};  // a line each
  std::vector<std::string> history{};   // what led to it, a line an operation
};

void print(std::ostream& out, const Totals& totals, double seconds);
void print(std::ostream& out, const Finding& finding);
std::string to_json(const Totals& totals, const std::vector<Finding>& findings, std::uint64_t seed,
                    double seconds);

}  // namespace mere::torture

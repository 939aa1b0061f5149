#include "torture/power_loss.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

namespace mere::torture {
namespace {

namespace fs = std::filesystem;

struct Change {
  std::string what;  // "makes", "renames", "removes"
  std::string path, to, kept;
  std::string folder() const { return fs::path(what == "renames" ? to : path).parent_path(); }
};

// What the disk surely has.
struct Ledger {
  std::map<std::uint64_t, std::uint64_t> sizes;   // by inode, as last told
  std::map<std::uint64_t, std::uint64_t> synced;  // as far as that is on the disk
  std::map<std::uint64_t, std::uint64_t> rotten;  // from where on a failed sync left it open what is there
  std::vector<Change> open;                       // changes of names that are not, in their order
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, '\t');) fields.push_back(field);
  fields.resize(std::max<std::size_t>(fields.size(), 4));
  return fields;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Ledger read(const std::string& file) {
  Ledger ledger;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (lines.eof()) break;  // torn: without its end of line
    const std::vector<std::string> fields = fields_of(line);
    const std::string& what = fields[0];
    const std::uint64_t inode = number(fields[1]), size = number(fields[2]);
    if (what == "wrote") {
      ledger.sizes[inode] = size;
      if (size < ledger.synced[inode]) ledger.synced[inode] = size;
    } else if (what == "synced") {
      ledger.synced[inode] = std::max(ledger.synced[inode], size);
    } else if (what == "unsynced") {
      // The kernel tells of it once and then holds the pages for written: a later sync says nothing of them.
      if (size > ledger.synced[inode]) ledger.rotten.emplace(inode, ledger.synced[inode]);
    } else if (what == "folder") {
      std::erase_if(ledger.open, [&](const Change& change) { return change.folder() == fields[1]; });
    } else if (what == "all") {
      ledger.open.clear();
      ledger.synced = ledger.sizes;
    } else if (what == "renames") {
      ledger.open.push_back({what, fields[1], fields[2], fields[3]});
    } else {
      ledger.open.push_back({what, fields[1], "", fields[2]});
    }
  }
  return ledger;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

bool undo(const Change& change) {
  std::error_code problem;
  if (change.what == "makes") return fs::remove_all(change.path, problem) > 0;
  if (change.what == "removes") {
    if (change.kept.empty() || exists(change.path)) return false;
    fs::create_hard_link(change.kept, change.path, problem);
    return !problem;
  }
  if (exists(change.path) || !exists(change.to)) return false;  // it did not come to the renaming
  fs::rename(change.to, change.path, problem);
  if (!change.kept.empty()) fs::create_hard_link(change.kept, change.to, problem);
  return true;
}

// The end of a file: gone, or there as zeros, which is how file systems show what was not written.
bool cut(const std::string& path, std::uint64_t inode, const Ledger& ledger, Dice& dice) {
  const auto size = static_cast<std::uint64_t>(fs::file_size(path));
  const auto synced = ledger.synced.find(inode);
  std::uint64_t safe = synced == ledger.synced.end() ? 0 : synced->second;
  if (const auto rotten = ledger.rotten.find(inode); rotten != ledger.rotten.end())
    safe = std::min(safe, rotten->second);
  if (safe >= size) return false;
  const std::uint64_t keep = dice.chance(40) ? safe : dice.between(safe, size);
  std::error_code problem;
  fs::resize_file(path, keep, problem);
  if (!problem && dice.chance(30)) fs::resize_file(path, dice.between(keep, size), problem);
  return true;
}

}  // namespace

Result<PowerLoss> lose_power(const std::string& folder, const std::string& file, Dice& dice) {
  const Ledger ledger = read(file);
  PowerLoss loss;
  // A journal keeps the beginning of what was under way; now and then nothing.
  const std::size_t kept = ledger.open.empty() || dice.chance(50) ? 0 : dice.below(ledger.open.size() + 1);
  for (std::size_t at = ledger.open.size(); at > kept; --at) {
    if (undo(ledger.open[at - 1])) ++loss.names_undone;
  }
  std::error_code problem, gone;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, problem)) {
    struct stat status{};
    if (!entry.is_regular_file(gone) || ::stat(entry.path().c_str(), &status) != 0) continue;
    if (ledger.sizes.contains(status.st_ino) && cut(entry.path(), status.st_ino, ledger, dice))
      ++loss.files_cut;
  }
  if (problem) return Error{Code::io_error, fmt::format("{}: {}", folder, problem.message())};
  fs::remove_all(file + ".kept", problem);
  fs::remove(file, problem);
  return loss;
}

}  // namespace mere::torture

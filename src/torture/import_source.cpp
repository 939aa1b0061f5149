#include "torture/import_source.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace mere::torture {
namespace {

constexpr std::uint64_t kFiles = 5;

// Contents of clients begin far above these.
Tree make_source(std::size_t number) {
  Tree source;
  for (std::uint64_t file = 0; file < kFiles; ++file) {
    const std::uint64_t content = 1 + number * kFiles + file;
    source[fmt::format("{}/f{}", file % 2 == 0 ? "even" : "odd", file)] =
        object_of(content, content * 517, "");
  }
  return source;
}

}  // namespace

const Tree& import_source(std::size_t number) {
  static const std::array<Tree, kImportSources> sources = {make_source(0), make_source(1), make_source(2)};
  return sources.at(number);
}

Status write_import_sources(const std::string& folder) {
  for (std::size_t number = 0; number < kImportSources; ++number) {
    for (const auto& [path, object] : import_source(number)) {
      const std::filesystem::path file = fmt::format("{}/{}/{}", folder, number, path);
      std::error_code problem;
      std::filesystem::create_directories(file.parent_path(), problem);
      std::ofstream(file, std::ios::binary) << bytes_of(object.content, object.size_bytes);
      if (std::filesystem::file_size(file, problem) != object.size_bytes || problem) {
        return Error{Code::io_error, fmt::format("cannot write {}", file.string())};
      }
    }
  }
  return {};
}

}  // namespace mere::torture

// The next operation of a client: random, by its seed, and possible in the state that it is in.
#pragma once

#include <cstdint>
#include <string>

#include "torture/dice.h"
#include "torture/model.h"
#include "torture/operation.h"

namespace mere::torture {

struct GeneratorOptions {
  std::string prefix;  // of the client's branches, tags and settings: "c3-"; its main branch is "c3-main"
  std::uint64_t seed = 0;
  std::uint64_t first_content = 0;  // contents are numbered from here
};

class Generator {
 public:
  explicit Generator(GeneratorOptions options);

  // Nearly always one that the lake must accept; now and then one that it must refuse.
  Operation next(const Model& model);
  std::string main_branch() const { return options_.prefix + "main"; }

 private:
  Operation write(const Model& model, const std::string& branch);
  Operation move_head(const Model& model, const std::string& branch);
  Operation change_refs(const Model& model, const std::string& branch);
  std::string any_path();
  std::string path_in(const Tree& tree);
  std::string unique(std::string_view what);
  std::uint64_t size_bytes();

  const GeneratorOptions options_;
  Dice dice_;
  std::uint64_t made_ = 0;
};

}  // namespace mere::torture

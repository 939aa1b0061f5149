// All branches or tags of a repository, page by page.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "version/engine.h"

namespace mere::lake {

// In the order of their names, those behind `after`, hidden ones too. `visit` answers whether to go on; its
// error ends the walk. No cursor is held while it runs: what is made or removed meanwhile may be met or not.
Status for_each_branch(const version::Engine& engine, const version::Repository& repository,
                       const std::function<Result<bool>(const version::Branch&)>& visit,
                       const std::string& after = {});
Status for_each_tag(const version::Engine& engine, const version::Repository& repository,
                    const std::function<Result<bool>(const version::Tag&)>& visit);

}  // namespace mere::lake

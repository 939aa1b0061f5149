// The versioning engine: its parts, wired. What `lake` stands on.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "kv/store.h"
#include "tree/trees.h"
#include "version/commits.h"
#include "version/entries.h"
#include "version/history.h"
#include "version/refs.h"
#include "version/refs_dump.h"
#include "version/repositories.h"
#include "version/staging.h"
#include "version/updates.h"

namespace mere::version {

struct Engine {
  // All arguments outlive the engine.
  Engine(kv::Store& state, block::Store& store, tree::Trees& trees, const Clock& clock, Random& random,
         WorkQueue& background, const std::string& prefix, UpdateOptions options = {})
      : staging(state),
        repositories(state, store, staging, clock, random, prefix),
        commits(state),
        history(state, trees, commits),
        refs(state, commits, repositories, staging, random),
        entries(state, trees, commits, refs, repositories, staging, random),
        updates(state, trees, commits, refs, repositories, entries, staging, clock, random, background,
                options),
        dumps(state, trees, refs, staging, random) {}
  Engine(const Engine&) = delete;

  Staging staging;
  Repositories repositories;
  Commits commits;
  History history;
  Refs refs;
  Entries entries;
  Updates updates;
  RefsDump dumps;
};

}  // namespace mere::version

// What users do with a lake, its parts wired: what the surfaces (rest, s3) stand on.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "lake/imports.h"
#include "lake/multiparts.h"
#include "lake/objects.h"
#include "lake/presign.h"
#include "lake/pulls.h"
#include "lake/retention.h"
#include "lake/tasks.h"
#include "lake/usage.h"
#include "lake/verifications.h"
#include "version/engine.h"

namespace mere::lake {

struct LakeOptions {
  std::string prefix = "_lakefs";                    // TreeOptions::prefix
  std::string signing_secret;                        // of link addresses
  std::string links_secret;                          // of object links
  std::map<std::string, PresignSettings> presign{};  // by storage id
  ImportOptions imports{};
  std::size_t object_cache_bytes = 16u << 20;  // SmallObjects
  version::UpdateOptions updates{};
};

struct Lake {
  // All arguments outlive the lake. `long_work` runs tasks, for hours maybe; `short_work` what must not
  // wait for an import: clean-up and compaction in pieces, commits and merges that nobody waits for.
  Lake(kv::Store& state_store, block::Store& block_store, tree::Trees& tree_store, const Clock& lake_clock,
       Random& random, WorkQueue& long_work, WorkQueue& short_work, const LakeOptions& options)
      : state(state_store),
        store(block_store),
        trees(tree_store),
        clock(lake_clock),
        prefix(options.prefix),
        engine(state, store, trees, clock, random, short_work, prefix, options.updates),
        tasks(state, clock, random, long_work, short_work),
        objects(engine, store, clock, random, options.signing_secret, options.object_cache_bytes),
        multiparts(engine, state, store, clock, random),
        presigner(store, clock, options.links_secret, options.presign),
        imports(engine, store, trees, tasks, options.imports),
        pulls(engine, state, clock, random),
        retention(engine, store, trees, tasks, clock, random, prefix),
        verifications(*this, state, tasks),
        usage(state, clock) {}
  Lake(const Lake&) = delete;

  // At start-up: the tasks that ran in an earlier process are begun again or ended (Tasks::recover()).
  Status recover() {
    return tasks.recover([this](std::string_view request) { return imports.again(request); });
  }

  kv::Store& state;
  block::Store& store;
  tree::Trees& trees;
  const Clock& clock;
  const std::string prefix;  // of committed metadata in a namespace
  version::Engine engine;
  Tasks tasks;
  Objects objects;
  Multiparts multiparts;
  Presigner presigner;
  Imports imports;
  Pulls pulls;
  Retention retention;
  Verifications verifications;
  Usage usage;
};

}  // namespace mere::lake

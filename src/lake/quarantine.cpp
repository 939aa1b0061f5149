#include "lake/quarantine.h"

namespace mere::lake {

void move_to_quarantine(block::Store& store, const version::Repository& repository, Finding& finding) {
  const bool damaged = finding.kind == FindingKind::damaged_table ||
                       finding.kind == FindingKind::damaged_object || finding.kind == FindingKind::wrong_size;
  const std::string inside = block::join(repository.storage_namespace, "").uri;
  if (!damaged || !finding.address.starts_with(inside)) return;
  const block::Address from{finding.address, repository.storage_namespace.storage_id};
  const block::Address to =
      block::join(repository.storage_namespace, "_quarantine/" + finding.address.substr(inside.size()));
  // The copy is durable before the original goes.
  if (auto copied = store.copy(from, to); !copied) {
    finding.detail += "; it stays, as it cannot be copied to " + to.uri + ": " + copied.error().message;
    return;
  }
  if (auto removed = store.remove(from); !removed) {
    finding.detail += "; it stays, as it cannot be removed: " + removed.error().message;
    return;
  }
  finding.quarantined = true;
}

}  // namespace mere::lake

#include "tree/tree_cursor.h"

namespace mere::tree {

TreeCursor::TreeCursor(const TableStore& tables, block::Address ns, const MetaRangeId& tree)
    : walker_(tables, std::move(ns), tree) {
  enter();
}

void TreeCursor::next() {
  walker_.next();
  enter();
}

void TreeCursor::seek(std::string_view key) {
  walker_.seek(key);
  enter();
}

void TreeCursor::enter() {
  while (walker_.at_head()) walker_.enter();
}

}  // namespace mere::tree

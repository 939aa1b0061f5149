#include "version/branch_queue.h"

#include <utility>

#include "base/check.h"

namespace mere::version {

BranchQueue::Turn::Turn(BranchQueue& queue, std::string key) : queue_(queue), key_(std::move(key)) {
  std::unique_lock lock(queue_.mutex_);
  queue_.push(key_, ticket_);
  ticket_.wake_.wait(lock, [this] { return ticket_.is_first_; });
}

BranchQueue::Turn::~Turn() {
  queue_.leave(key_);
}

bool BranchQueue::enter_servable(const std::string& key, Ticket& ticket) {
  std::unique_lock lock(mutex_);
  ticket.can_be_served_ = true;
  push(key, ticket);
  ticket.wake_.wait(lock, [&] { return ticket.is_first_ || ticket.is_served_; });
  return !ticket.is_served_;
}

std::vector<BranchQueue::Ticket*> BranchQueue::take_servable(const std::string& key, std::size_t at_most) {
  std::vector<Ticket*> taken;
  std::lock_guard lock(mutex_);
  const auto found = waiting_.find(key);
  MERE_CHECK(found != waiting_.end());
  std::deque<Ticket*> rest;
  for (Ticket* ticket : found->second) {
    if (ticket->can_be_served_ && !ticket->is_first_ && taken.size() < at_most) {
      taken.push_back(ticket);
    } else {
      rest.push_back(ticket);
    }
  }
  found->second = std::move(rest);
  return taken;
}

void BranchQueue::leave(const std::string& key, const std::vector<Ticket*>& served) {
  std::lock_guard lock(mutex_);
  // Under the lock: a ticket may be gone as soon as its owner wakes.
  for (Ticket* ticket : served) {
    ticket->is_served_ = true;
    ticket->wake_.notify_one();
  }
  const auto found = waiting_.find(key);
  MERE_CHECK(found != waiting_.end());
  std::deque<Ticket*>& queue = found->second;
  queue.pop_front();
  if (queue.empty()) {
    waiting_.erase(found);
    return;
  }
  queue.front()->is_first_ = true;
  queue.front()->wake_.notify_one();
}

std::size_t BranchQueue::branches() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

void BranchQueue::push(const std::string& key, Ticket& ticket) {
  std::deque<Ticket*>& queue = waiting_[key];
  queue.push_back(&ticket);
  ticket.is_first_ = queue.size() == 1;
}

}  // namespace mere::version

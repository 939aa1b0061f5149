// Who may update a branch now: updates of one branch take turns in this process, first come first served,
// and the one whose turn it is may serve others that wait as well (commits are combined so). Branches do
// not wait for each other. Any thread may call any method.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace mere::version {

class BranchQueue {
 public:
  // A place in the queue of one branch. Derive from it to carry what another turn needs to serve it.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(const Ticket&) = delete;
    virtual ~Ticket() = default;

   private:
    friend class BranchQueue;
    std::condition_variable wake_;
    bool can_be_served_ = false;
    bool is_first_ = false;
    bool is_served_ = false;
  };

  // A turn, from construction to destruction. `key` names the branch.
  class Turn {
   public:
    Turn(BranchQueue& queue, std::string key);
    ~Turn();
    Turn(const Turn&) = delete;

   private:
    BranchQueue& queue_;
    std::string key_;
    Ticket ticket_;
  };

  // Waits until it is this ticket's turn (true: call leave() later), or until another turn has served it
  // (false: it is out of the queue).
  bool enter_servable(const std::string& key, Ticket& ticket);
  // For the one whose turn it is: takes up to `at_most` waiting servable tickets out of the queue, in
  // their order. They must be handed to leave().
  std::vector<Ticket*> take_servable(const std::string& key, std::size_t at_most);
  // Ends the turn; `served` have been.
  void leave(const std::string& key, const std::vector<Ticket*>& served = {});

  std::size_t branches() const;  // with a turn under way

 private:
  void push(const std::string& key, Ticket& ticket);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::deque<Ticket*>> waiting_;  // first: whose turn it is; never empty
};

}  // namespace mere::version

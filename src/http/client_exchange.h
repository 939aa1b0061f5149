// One request and its answer: what the caller's coroutines and the client's thread hand each other.
//
// The caller's side runs on the request's executor, the other side on the client's thread. Whatever the
// caller waits for is resumed by a post to its executor, never after leave().
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "base/result.h"
#include "http/client.h"
#include "http/client_request.h"
#include "http/message.h"

namespace mere::http {

class ClientLoop;

struct AnswerHead {
  int status = 0;
  Headers headers;
  std::optional<std::uint64_t> length;  // Content-Length
  bool has_body = true;                 // false: HEAD, 204, 304
};

// A piece of a request's body.
struct Chunk {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size = 0;
};

class Exchange final : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(OutgoingRequest outgoing, Executor& executor, std::size_t buffer_bytes,
           std::shared_ptr<ClientLoop> loop);

  const OutgoingRequest& request() const { return request_; }
  std::size_t chunk_bytes() const { return chunk_bytes_; }

  // ---- The caller's side ----

  // co_await exchange.head(): until the answer's head has come, or all is over.
  // co_await exchange.bytes(): until bytes of the body are here, or all is over. Both may wake early.
  // co_await exchange.space(): until the next chunk of the request's body may be put, or none is wanted.
  struct Wait {
    Exchange& exchange;
    bool (Exchange::*met)() const;
    std::coroutine_handle<> Exchange::* slot;
    std::coroutine_handle<> suspended{};
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> awaiter);
    void await_resume() const {}
    ~Wait();
  };
  Wait head() { return Wait{*this, &Exchange::head_is_here, &Exchange::waiter_}; }
  Wait bytes() { return Wait{*this, &Exchange::bytes_are_here, &Exchange::waiter_}; }
  Wait space() { return Wait{*this, &Exchange::space_is_here, &Exchange::pump_}; }

  // How send() ends once head() has returned: nullopt if it was woken early. Taken once.
  struct Outcome {
    std::optional<SendError> failure;  // without a head
    AnswerHead head;
    std::optional<std::string> whole_body;  // nullopt: more comes, or the body broke off
  };
  std::optional<Outcome> take_outcome();

  // Replaces `into`, which has been read, by what has arrived. False at the end; nullopt: nothing yet.
  std::optional<Result<bool>> take_bytes(std::string& into);

  bool wants_chunks() const;
  // When space() was granted.
  void put_chunk(Chunk chunk);
  Chunk take_spare_chunk();
  void end_chunks();
  void fail_chunks(Error error);

  // The caller has gone: nothing is posted from now on. The transfer is stopped unless it is over.
  void leave();
  // The same transfer, ended with `cancelled` which the caller still hears of. Any thread.
  void stop();

  // ---- The client's thread ----

  void set_head(AnswerHead head);
  // False: the buffer is full; resumed by ClientLoop once the caller has taken what is there.
  bool add_bytes(std::string_view bytes);
  // The next bytes to send. 0: the end; nullopt: none yet, resumed by ClientLoop when there are;
  // an error: the body failed.
  std::optional<Result<std::size_t>> send_bytes(std::span<std::byte> into);
  // True while the caller is what the transfer waits for.
  bool receiving_is_paused() const;
  bool sending_is_paused() const;
  void end(std::optional<SendError> failure);
  // Wakes the caller for what has come since the last time. Once a round, so that a head and a small body
  // that came together are handed over together.
  void announce();

 private:
  bool head_is_here() const { return announced_ || ended_; }
  bool bytes_are_here() const { return !arrived_.empty() || body_is_whole() || ended_; }
  bool space_is_here() const { return !ready_.bytes || ended_ || !executor_; }
  // The answer may be complete before the transfer is over: while the request's body is still sent.
  bool body_is_whole() const { return body_left_ == 0u || (ended_ && !failure_); }
  void wake(std::coroutine_handle<> Exchange::* slot, bool Exchange::* posted);
  // The sending side goes on after `change`, which is made under the lock.
  template <class F>
  void change_sending(F change);

  const OutgoingRequest request_;
  const std::size_t pause_at_;  // half of the buffer: the caller holds the other
  const std::size_t chunk_bytes_;
  const std::shared_ptr<ClientLoop> loop_;

  mutable std::mutex mutex_;
  // Guarded by mutex_ up to the next blank line.
  Executor* executor_;  // null: the caller has gone
  std::coroutine_handle<> waiter_, pump_;
  bool waiter_posted_ = false, pump_posted_ = false;
  std::optional<AnswerHead> head_;
  bool announced_ = false;
  bool ended_ = false;
  std::optional<SendError> failure_;
  std::optional<std::uint64_t> body_left_;  // of the answer's body, to arrive; nullopt: not known
  std::string arrived_;
  bool receiving_paused_ = false;
  Chunk ready_, spare_;
  bool chunks_ended_ = false;
  std::optional<Error> chunks_failure_;
  bool sending_paused_ = false;

  // The client's thread only.
  Chunk sending_;
  std::size_t sent_of_chunk_ = 0;
};

}  // namespace mere::http

// Loads an HTTP server from one thread, and prints what came of it as JSON.
//
//   load --to 127.0.0.1:8000 --connections 16 --count 1000 --header "Authorization: ..."
//        "POST /upload?path=a/{c}/{i} @1024" "POST /commit {\"message\":\"{i}\"}"
//
// Each connection sends the requests in turn, again and again, each when the one before is answered. One
// such turn is an iteration: `--count` of them in all, or as many as `--seconds` allow. Every answer is read
// to its end; bodies of a length that is told are thrown away by the kernel. So what is measured is the
// server.
//
// `--sign KEY:SECRET` signs requests as S3 asks, their payload too unless `--payload unsigned`; `--prepare N`
// signs the first N before the clock starts.
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "answer.h"
#include "request_template.h"

namespace {

using namespace mere::load;
namespace http = mere::http;
using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

struct Options {
  std::string host = "127.0.0.1";
  std::string port = "8000";
  std::size_t connections = 1;
  std::uint64_t count = 0;    // 0: as many as fit
  std::uint64_t first = 0;    // {n} of the first iteration
  std::uint64_t step = 1;     // from one iteration's {n} to the next
  std::uint64_t scatter = 0;  // {s} is below this
  double seconds = 5;
  std::string headers;
  std::string sign;  // "key:secret"
  std::uint64_t prepare = 0;
  bool unsigned_payload = false;
  std::vector<std::string> requests;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (!argument.starts_with("--")) {
      options.requests.push_back(argument);
      continue;
    }
    if (++i == argc) die(argument + " needs a value");
    const std::string value = argv[i];
    if (argument == "--to") {
      const std::size_t colon = value.rfind(':');
      if (colon == std::string::npos) die("--to takes host:port");
      options.host = value.substr(0, colon);
      options.port = value.substr(colon + 1);
    } else if (argument == "--connections")
      options.connections = std::stoull(value);
    else if (argument == "--count")
      options.count = std::stoull(value);
    else if (argument == "--first")
      options.first = std::stoull(value);
    else if (argument == "--step")
      options.step = std::stoull(value);
    else if (argument == "--scatter")
      options.scatter = std::stoull(value);
    else if (argument == "--seconds")
      options.seconds = std::stod(value);
    else if (argument == "--sign")
      options.sign = value;
    else if (argument == "--prepare")
      options.prepare = std::stoull(value);
    else if (argument == "--payload")
      options.unsigned_payload = value == "unsigned";
    else if (argument == "--header")
      options.headers += value + "\r\n";
    else
      die("unknown option " + argument);
  }
  if (options.requests.empty() || options.connections == 0) die("nothing to send");
  return options;
}

const std::vector<char>& filler() {
  static const std::vector<char> bytes(1 << 20, 'x');
  return bytes;
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), signer_(options.sign, options.host + ":" + options.port), buffer_(256 << 10) {
    for (const std::string& request : options.requests) {
      RequestTemplate& made =
          templates_.emplace_back(request, options.host + ":" + options.port, options.headers);
      if (options.sign.empty()) continue;
      made.sign_with(signer_, options.unsigned_payload ? std::string(http::kUnsignedPayload) : "",
                     options.first, options.step, options.count > 0 ? options.count : options.prepare,
                     options.scatter);
    }
  }

  void run() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(
        std::min<std::uint64_t>(options_.connections, options_.count ? options_.count : ~0ull));
    for (std::size_t i = 0; i < connections_.size(); ++i) connect(connections_[i], i);
    began_ = SteadyClock::now();
    for (Connection& connection : connections_) begin_request(connection);
    std::array<epoll_event, 256> events;
    while (open_ > 0) {
      const int found = ::epoll_wait(epoll_, events.data(), events.size(), 60'000);
      if (found == 0) die("no answer for 60 s");
      for (int i = 0; i < found; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        auto& connection = *static_cast<Connection*>(event.data.ptr);
        if (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) connection.has_ended = true;
        if (connection.is_sending) send(connection);
        receive(connection);
      }
    }
    took_ = std::chrono::duration<double>(SteadyClock::now() - began_).count();
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double part) {
      if (latencies_.empty()) return 0.0;
      const auto index = static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1));
      return static_cast<double>(latencies_[index]);
    };
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const double processor = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                             static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    std::printf(
        "{\"iterations\":%llu,\"requests\":%zu,\"refused\":%llu,\"seconds\":%.6f,\"p50_ms\":%.3f,"
        "\"p99_ms\":%.3f,\"max_ms\":%.3f,\"own_processor_seconds\":%.3f}\n",
        static_cast<unsigned long long>(finished_), latencies_.size(),
        static_cast<unsigned long long>(refused_), took_, at(0.5), at(0.99), at(1.0), processor);
    if (refused_ > 0) std::fprintf(stderr, "load: first refusal: %s\n", refusal_.c_str());
  }

 private:
  struct Connection {
    int fd = -1;
    std::size_t next = 0;  // of the requests of an iteration
    Numbers numbers{};
    std::string head;
    std::size_t head_sent = 0;
    std::uint64_t filler_left = 0;
    bool is_sending = false;
    bool has_ended = false;  // the server closed it
    SteadyClock::time_point began;
    Answer answer;
  };

  void connect(Connection& connection, std::size_t number) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(options_.host.c_str(), options_.port.c_str(), &hints, &found) != 0)
      die("cannot find " + options_.host);
    connection.fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(connection.fd, found->ai_addr, found->ai_addrlen) != 0)
      die("cannot connect to " + options_.host + ":" + options_.port + ": " + std::strerror(errno));
    ::freeaddrinfo(found);
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection.numbers = {number, 0, 0, options_.scatter};
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    ++open_;
  }

  bool may_begin() const {
    if (options_.count > 0) return begun_ < options_.count;
    return SteadyClock::now() - began_ < std::chrono::duration<double>(options_.seconds);
  }

  void begin_request(Connection& connection) {
    if (connection.next == 0) {
      if (!may_begin()) {
        ::close(connection.fd);
        --open_;
        connection.fd = -1;
        return;
      }
      connection.numbers.overall = options_.first + options_.step * begun_++;
    }
    const RequestTemplate& request = templates_[connection.next];
    request.write(connection.numbers, connection.head);
    connection.head_sent = 0;
    connection.filler_left = request.filler_bytes();
    connection.is_sending = true;
    connection.answer.begin();
    connection.began = SteadyClock::now();
    send(connection);
  }

  void send(Connection& connection) {
    while (connection.head_sent < connection.head.size() || connection.filler_left > 0) {
      std::array<iovec, 2> pieces{};
      pieces[0] = {connection.head.data() + connection.head_sent,
                   connection.head.size() - connection.head_sent};
      pieces[1] = {const_cast<char*>(filler().data()), static_cast<std::size_t>(std::min<std::uint64_t>(
                                                           filler().size(), connection.filler_left))};
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = 2;
      const ssize_t sent = ::sendmsg(connection.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) die(std::string("cannot send: ") + std::strerror(errno));
      const std::size_t of_head = std::min(static_cast<std::size_t>(sent), pieces[0].iov_len);
      connection.head_sent += of_head;
      connection.filler_left -= static_cast<std::size_t>(sent) - of_head;
    }
    connection.is_sending = false;
  }

  void receive(Connection& connection) {
    while (connection.fd >= 0) {
      const std::uint64_t skippable = connection.answer.skippable();
      const bool skips = skippable > buffer_.size();
      const std::size_t wanted =
          skips ? static_cast<std::size_t>(std::min<std::uint64_t>(skippable, 8 << 20)) : buffer_.size();
      const ssize_t got =
          ::recv(connection.fd, buffer_.data(), wanted, MSG_DONTWAIT | (skips ? MSG_TRUNC : 0));
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) die("the server closed a connection before it had answered");
      if (skips) {
        connection.answer.skip(static_cast<std::uint64_t>(got));
      } else if (connection.answer.take({buffer_.data(), static_cast<std::size_t>(got)}) !=
                 static_cast<std::size_t>(got)) {
        die("an answer that is no HTTP");
      }
      if (connection.answer.is_done()) finish_request(connection);
      // It took all there was: what comes later is reported anew.
      if (static_cast<std::size_t>(got) < wanted && !connection.has_ended) return;
    }
  }

  void finish_request(Connection& connection) {
    latencies_.push_back(
        std::chrono::duration<float, std::milli>(SteadyClock::now() - connection.began).count());
    if (const int status = connection.answer.status(); status < 200 || status > 399) {
      if (refused_++ == 0) refusal_ = std::to_string(status) + " " + connection.answer.beginning();
    }
    if (++connection.next == templates_.size()) {
      connection.next = 0;
      ++connection.numbers.iteration;
      ++finished_;
    }
    begin_request(connection);
  }

  const Options& options_;
  const RequestSigner signer_;
  std::vector<RequestTemplate> templates_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;
  int epoll_ = -1;
  std::size_t open_ = 0;
  SteadyClock::time_point began_;
  double took_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t refused_ = 0;
  std::string refusal_;
  std::vector<float> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Load load(options);
  load.run();
  load.print();
}

#include "http/client_transfer.h"

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "http/client_failure.h"

namespace mere::http {
namespace {

constexpr std::size_t kLongestHead = 1u << 20;
constexpr std::uint64_t kLargeUpload = 1u << 20;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

void take_field(Transfer& transfer, std::string_view line) {
  AnswerHead& head = transfer.answer;
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Content-Length")) {
    if (const auto length = parse_integer<std::uint64_t>(value)) head.length = length;
    return;
  }
  if (equal_ignoring_case(name, "Transfer-Encoding")) {
    transfer.in_chunks = true;
    return;
  }
  for (const char* own : {"Connection", "Keep-Alive", "Date"}) {
    if (equal_ignoring_case(name, own)) return;
  }
  head.headers.add(std::string(name), std::string(value));
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* of) {
  auto& transfer = *static_cast<Transfer*>(of);
  transfer.last_progress = *transfer.now;
  if (transfer.has_head) return size;  // trailers
  transfer.head_bytes += size;
  if (transfer.head_bytes > kLongestHead) {
    transfer.own_failure = Error{
        Code::unavailable, transfer.exchange->request().origin + " answered with a head of more than 1 MiB"};
    return 0;
  }
  const std::string_view line = trimmed({bytes, size});
  if (line.starts_with("HTTP/")) {
    transfer.answer = {};
    transfer.in_chunks = false;
    const std::size_t space = line.find(' ');
    if (space != line.npos) {
      std::from_chars(line.data() + space + 1, line.data() + line.size(), transfer.answer.status);
    }
    return size;
  }
  if (!line.empty()) {
    take_field(transfer, line);
    return size;
  }
  const int status = transfer.answer.status;
  if (status < 200) return size;  // the head of the answer itself follows
  transfer.has_head = true;
  transfer.refused = status >= 300;
  transfer.answer.has_body = transfer.exchange->request().method != "HEAD" && status != 204 && status != 304;
  if (transfer.in_chunks) transfer.answer.length.reset();  // RFC 9112, section 6.3
  transfer.exchange->set_head(std::move(transfer.answer));
  transfer.touch();
  return size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* of) {
  auto& transfer = *static_cast<Transfer*>(of);
  transfer.last_progress = *transfer.now;
  if (!transfer.exchange->add_bytes({bytes, size})) return CURL_WRITEFUNC_PAUSE;
  transfer.touch();
  return size;
}

std::size_t on_read(char* into, std::size_t, std::size_t size, void* of) {
  auto& transfer = *static_cast<Transfer*>(of);
  transfer.last_progress = *transfer.now;
  const auto count = transfer.exchange->send_bytes(std::as_writable_bytes(std::span<char>(into, size)));
  if (!count) return CURL_READFUNC_PAUSE;
  if (!*count) {
    transfer.own_failure = count->error();
    return CURL_READFUNC_ABORT;
  }
  transfer.body_sent += **count;
  transfer.body_is_sent = **count == 0 || transfer.body_sent == transfer.exchange->request().body_length;
  return **count;
}

// curl asks for it before it repeats a request on another connection.
int on_seek(void* of, curl_off_t, int) {
  return static_cast<Transfer*>(of)->body_sent > 0 ? CURL_SEEKFUNC_CANTSEEK : CURL_SEEKFUNC_OK;
}

// Before each time the request is about to be written. The second time, a kept connection has broken, or
// curl would repeat without `Expect: 100-continue` what was refused with it.
int on_begin(void* of, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(of);
  const OutgoingRequest& request = transfer.exchange->request();
  if (transfer.has_head) {  // which the caller has been given
    transfer.own_failure = Error{Code::unavailable, request.origin + " refused to be asked before a body"};
    return CURL_PREREQFUNC_ABORT;
  }
  if (transfer.requests_begun > 0 && (!request.is_idempotent || transfer.body_sent > 0)) {
    transfer.own_failure = Error{Code::unavailable, request.origin +
                                                        " closed the connection before it answered; the "
                                                        "request may have been carried out"};
    return CURL_PREREQFUNC_ABORT;
  }
  ++transfer.requests_begun;
  transfer.message[0] = '\0';  // of what was met while connecting, in spite of which there is a connection
  return CURL_PREREQFUNC_OK;
}

}  // namespace

CURL* make_handle(const ClientOptions& options) {
  CURL* const easy = curl_easy_init();
  if (!easy) return nullptr;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  // A peer may be at work on an answer for as long as it likes, but has to be there.
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 64L << 10);
  // Shorter than what servers keep an idle connection for: a reused one is seldom about to be closed.
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 50L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_begin);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
  const auto set_text = [&](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
  };
  set_text(CURLOPT_CAINFO, options.ca_file);
  set_text(CURLOPT_SSLCERT, options.certificate_file);
  set_text(CURLOPT_SSLKEY, options.key_file);
  set_text(CURLOPT_PROXY, options.proxy);
  return easy;
}

void Transfer::prepare(CURL* handle, const TimePoint& clock,
                       std::vector<std::shared_ptr<Exchange>>& to_touch) {
  easy = handle;
  now = &clock;
  touched_list = &to_touch;
  last_progress = clock;
  body_is_sent = !exchange->request().has_body;
  const OutgoingRequest& request = exchange->request();
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);  // unsets what the one before was
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (request.has_body) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    // What is written at once. Small bodies are many: their buffers come from the heap's free lists.
    const bool is_large = request.body_length.value_or(kLargeUpload) >= kLargeUpload;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, is_large ? 256L << 10 : 64L << 10);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     request.body_length ? static_cast<curl_off_t>(*request.body_length) : curl_off_t(-1));
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  header_nodes.resize(request.header_lines.size());
  for (std::size_t i = 0; i < header_nodes.size(); ++i) {
    // curl takes char* and reads it only.
    header_nodes[i].data = const_cast<char*>(request.header_lines[i].c_str());
    header_nodes[i].next = i + 1 < header_nodes.size() ? &header_nodes[i + 1] : nullptr;
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_nodes.empty() ? nullptr : header_nodes.data());
  connect_to.data = const_cast<char*>(request.connect_to.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, request.connect_to.empty() ? nullptr : &connect_to);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message);
  for (const CURLoption option : {CURLOPT_PRIVATE, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA,
                                  CURLOPT_SEEKDATA, CURLOPT_PREREQDATA}) {
    curl_easy_setopt(easy, option, this);
  }
}

CURL* Transfer::release() {
  for (const CURLoption option : {CURLOPT_ERRORBUFFER, CURLOPT_PRIVATE, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA,
                                  CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_PREREQDATA}) {
    curl_easy_setopt(easy, option, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, nullptr);
  return std::exchange(easy, nullptr);
}

bool Transfer::awaits_bytes() const {
  if (requests_begun == 0 || exchange->receiving_is_paused()) return false;
  if (!body_is_sent && !refused) return !exchange->sending_is_paused();
  return has_head;
}

void Transfer::resume() {
  int paused = CURLPAUSE_CONT;
  if (exchange->receiving_is_paused()) paused |= CURLPAUSE_RECV;
  // curl does not end a transfer one of whose sides is paused, even if that side is done for.
  if (exchange->sending_is_paused() && !refused) paused |= CURLPAUSE_SEND;
  curl_easy_pause(easy, paused);  // fails only for a transfer that is over
}

void Transfer::touch() {
  if (touched) return;
  touched = true;
  touched_list->push_back(exchange);
}

SendError Transfer::failure_of(CURLcode code) const {
  if (own_failure) return {*own_failure, reached()};
  return describe_failure(code, easy, exchange->request(), message, reached());
}

}  // namespace mere::http

#include "http/client_request.h"

#include <algorithm>
#include <exception>
#include <string_view>

namespace mere::http {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(static_cast<char>(c)) != kMarks.npos;
  });
}

// Said by curl, from the body and the connection.
bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding") ||
         equal_ignoring_case(name, "Expect");
}

struct Origin {
  bool secure = false;
  std::string_view authority;  // "host:port", "[::1]:80"
  std::string_view host;
  std::string_view port;  // the scheme's if none is named
};

std::optional<Origin> parse_origin(std::string_view text) {
  Origin origin;
  origin.secure = text.starts_with(kHttps);
  if (!origin.secure && !text.starts_with(kHttp)) return std::nullopt;
  origin.authority = text.substr(origin.secure ? kHttps.size() : kHttp.size());
  if (origin.authority.empty() || has_control(origin.authority)) return std::nullopt;
  if (origin.authority.find_first_of("/?#@\\ ") != std::string_view::npos) return std::nullopt;

  const std::size_t colon = origin.authority.rfind(':');
  const std::size_t bracket = origin.authority.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  origin.host = has_port ? origin.authority.substr(0, colon) : origin.authority;
  origin.port = has_port ? origin.authority.substr(colon + 1) : origin.secure ? "443" : "80";
  if (origin.host.empty() || origin.port.empty()) return std::nullopt;
  return origin;
}

Error invalid(std::string message) {
  return Error{Code::invalid_argument, std::move(message)};
}

Status add_headers(const Request& request, OutgoingRequest& outgoing) {
  outgoing.header_lines.reserve(request.headers.size() + 4);
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return invalid("no name of a header field: \"" + name + "\"");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) {
      return invalid("a line break in the header field " + name);
    }
    if (is_framing(name)) continue;
    // curl's notation: a field without a value ends in a semicolon; with a colon it would be left out.
    const bool empty = value.find_first_not_of(" \t") == value.npos;
    outgoing.header_lines.push_back(empty ? name + ";" : name + ": " + value);
  }
  return {};
}

}  // namespace

Task<Result<std::size_t>> read_some(BodyReader& body, std::span<std::byte> into) {
  try {
    co_return co_await body.read(into);
  } catch (const std::exception& thrown) {
    co_return Error{Code::internal, std::string("the body of the request failed: ") + thrown.what()};
  }
}

Error request_cancelled() {
  return {Code::cancelled, "the request was cancelled"};
}

Error wrong_length(const char* how) {
  return invalid("the body of the request is " + std::string(how) + " than its content_length");
}

Result<OutgoingRequest> make_outgoing(const ClientOptions& client, const std::string& origin,
                                      const Request& request, const SendOptions& options) {
  const std::optional<Origin> parsed = parse_origin(origin);
  if (!parsed) return invalid("\"" + origin + "\" is no address of a server: expected http://host:port");
  if (!is_token(request.method)) return invalid("no HTTP method: \"" + request.method + "\"");
  const auto breaks_target = [](std::string_view text) {
    return has_control(text) || text.find_first_of(" #") != text.npos;
  };
  if (!request.path.starts_with('/') || breaks_target(request.path) ||
      request.path.find('?') != request.path.npos || breaks_target(request.query)) {
    return invalid("\"" + request.path + "\" is no path of a request: percent-encode it");
  }

  OutgoingRequest outgoing;
  outgoing.origin = origin;
  outgoing.method = request.method;
  RETURN_IF_ERROR(add_headers(request, outgoing));
  // Fields that curl would add by itself.
  if (!request.headers.contains("Accept")) outgoing.header_lines.emplace_back("Accept:");

  if (parsed->secure && !client.tls_server_name.empty()) {
    // The name that TLS asks for and verifies is the URL's host; the connection goes elsewhere.
    const std::string named = client.tls_server_name + ":" + std::string(parsed->port);
    outgoing.url = std::string(kHttps) + named;
    outgoing.connect_to = named + ":" + std::string(parsed->host) + ":" + std::string(parsed->port);
    if (!request.headers.contains("Host")) {
      outgoing.header_lines.push_back("Host: " + std::string(parsed->authority));
    }
  } else {
    outgoing.url = origin;
  }
  outgoing.url += request.path;
  if (!request.query.empty()) outgoing.url += "?" + request.query;

  outgoing.has_body = request.body && request.content_length != 0;
  const std::string_view method = request.method;
  if (outgoing.has_body) {
    outgoing.body_length = request.content_length;
    // Below this curl would not ask before it sends, and of an unknown length it would always.
    constexpr std::uint64_t kWorthAsking = 1u << 20;
    if (request.content_length.value_or(0) <= kWorthAsking) outgoing.header_lines.emplace_back("Expect:");
  } else if (method == "POST" || method == "PUT" || method == "PATCH") {
    outgoing.header_lines.emplace_back("Content-Length: 0");
  }
  outgoing.is_idempotent = method != "POST" && method != "PATCH" && method != "CONNECT";
  outgoing.timeout = options.timeout;
  outgoing.connect_timeout =
      options.connect_timeout.count() > 0 ? options.connect_timeout : client.connect_timeout;
  return outgoing;
}

}  // namespace mere::http

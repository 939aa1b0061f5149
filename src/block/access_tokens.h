// Access tokens of OAuth 2.0, by which remote stores know us: asked for, kept, and renewed before they run
// out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/remote_client.h"
#include "http/client.h"

namespace mere::block {

// Any thread; one asks while the others wait for its answer.
class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // "" if none is needed. Errors: permission_denied (with the reason), unavailable.
  virtual Result<std::string> get() = 0;
  // `refused` was: the next get() asks for another, unless that has happened already.
  virtual void drop(const std::string& refused) = 0;
};

// For services that want none.
std::unique_ptr<AccessTokens> no_access_tokens();

// What asking takes. All but `remedy` is borrowed.
struct TokenSurroundings {
  http::Client& http;
  const RemoteOptions& requests;
  const Clock& clock;
  Random& random;
  std::string remedy;  // what the user can do when a token is refused
};

// Made for each token, since what it holds may be signed or read anew. Its `bucket` is the origin, its `key`
// the path.
using MakeTokenRequest = std::function<Result<RemoteRequest>(Timestamp now)>;
// The answers are JSON: access_token, and expires_in (seconds) or expires_on (Unix time).
std::unique_ptr<AccessTokens> ask_for_access_tokens(MakeTokenRequest make_request,
                                                    const TokenSurroundings& around);

struct TokenUrl {
  std::string origin;
  std::string path;
};
std::optional<TokenUrl> parse_token_url(const std::string& text);  // http or https
// POSTs `form`, which is encoded already. `what`: for messages, "get a token for …".
RemoteRequest token_form_request(const TokenUrl& url, const std::string& what, const std::string& form);

}  // namespace mere::block

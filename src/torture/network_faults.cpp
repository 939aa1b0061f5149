#include "torture/network_faults.h"

#include <charconv>

#include "http/faulty_proxy.h"
#include "torture/dice.h"

namespace mere::torture {
namespace {

using Fault = http::ConnectionFault;

std::uint16_t port_of(const std::string& url) {
  std::uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
  return port;
}

// Some connections last for a few requests, some for many, and every fifth for as long as it likes.
Fault fault_of(std::uint64_t seed, int connection) {
  constexpr Fault::Kind kKinds[] = {Fault::Kind::reset_request, Fault::Kind::reset_answer,
                                    Fault::Kind::cut_answer, Fault::Kind::stall_answer,
                                    Fault::Kind::trickle_answer};
  Dice dice(seed_of(seed, static_cast<std::uint64_t>(connection)));
  if (dice.chance(20)) return {};
  const std::uint64_t many = dice.chance(50) ? 5'000 : 200'000;
  return {kKinds[dice.below(std::size(kKinds))], static_cast<std::size_t>(dice.between(1, many))};
}

}  // namespace

NetworkFaults::NetworkFaults(const std::string& url, std::uint64_t seed)
    : proxy_(std::make_unique<http::FaultyProxy>(
          port_of(url), [seed](int connection) { return fault_of(seed, connection); })) {}

NetworkFaults::~NetworkFaults() = default;
NetworkFaults::NetworkFaults(NetworkFaults&&) noexcept = default;

std::string NetworkFaults::url() const {
  return proxy_->endpoint();
}

}  // namespace mere::torture

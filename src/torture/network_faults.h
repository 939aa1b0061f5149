// A network that breaks on purpose, between clients and a server: connections are reset, cut, stalled, each
// after some bytes, as a seed says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace mere::http {
class FaultyProxy;
}  // namespace mere::http

namespace mere::torture {

class NetworkFaults {
 public:
  // `url`: the server's, "http://127.0.0.1:8000". Connections end with it.
  NetworkFaults(const std::string& url, std::uint64_t seed);
  ~NetworkFaults();
  NetworkFaults(NetworkFaults&&) noexcept;
  std::string url() const;  // for clients

 private:
  std::unique_ptr<http::FaultyProxy> proxy_;
};

}  // namespace mere::torture

// What the gateway adds to a request: its signature, and the checks of its body.
//   build/release/s3_bench [--benchmark_filter=...]
// The limits next to them: `Sha256` and `Md5` are what OpenSSL takes for the same bytes.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/executor.h"
#include "base/hash.h"
#include "base/random.h"
#include "kv/store.h"
#include "s3/authentication.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kHost = "127.0.0.1:8000";
constexpr std::size_t kChunk = 1u << 20;  // as botocore frames
constexpr std::size_t kBody = 64u << 20;
const http::AwsKeys kKeys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

struct Signer {
  std::unique_ptr<kv::Store> state = kv::make_memory_store();
  auth::Auth auth{*state, system_clock(), system_random(), {.secret = "secret", .fixed_installation_id = ""}};
  Authentication authentication{auth, system_clock(), {.domain_names = {"s3.local.lakefs.io"}}};
  http::AwsSigningKeys signing_keys;

  Signer() {
    if (!auth.setup("admin", kKeys.access_key_id, kKeys.secret_access_key)) std::abort();
  }
  Authenticated check(http::Request& request) {
    auto checked = authentication.check(request, "");
    if (!std::holds_alternative<Authenticated>(checked)) std::abort();
    return std::get<Authenticated>(std::move(checked));
  }
};

http::Request request_of(std::string method) {
  http::Request request;
  request.method = std::move(method);
  request.path = "/lake/main/tables/events/date%3D2026-11-26/part-00017.parquet";
  request.headers.add("Host", std::string(kHost));
  request.headers.add("User-Agent", "Boto3/1.44.0 md/Botocore#1.44.0 ua/2.1 os/linux lang/python#3.11");
  request.headers.add("Accept-Encoding", "identity");
  return request;
}

void CheckHeader(benchmark::State& state) {
  Signer signer;
  http::Request request = request_of("GET");
  request.query = "list-type=2&prefix=main%2Ftables%2F&delimiter=%2F&encoding-type=url";
  http::sign_request(request, kHost, kKeys, "us-east-1", "s3", to_hex(sha256("")), system_clock().now(),
                     signer.signing_keys);
  for (auto _ : state) benchmark::DoNotOptimize(signer.check(request));
}
BENCHMARK(CheckHeader)->Unit(benchmark::kMicrosecond);

void CheckPresigned(benchmark::State& state) {
  Signer signer;
  http::Request request = request_of("GET");
  const std::string url =
      http::presign_url("GET", "http", kHost, *percent_decode(request.path), {}, kKeys, "us-east-1", "s3",
                        std::chrono::hours(1), system_clock().now(), signer.signing_keys);
  request.query = url.substr(url.find('?') + 1);
  for (auto _ : state) benchmark::DoNotOptimize(signer.check(request));
}
BENCHMARK(CheckPresigned)->Unit(benchmark::kMicrosecond);

// A body that costs nothing to get: the same bytes again and again.
class RepeatedBody final : public http::BodyReader {
 public:
  explicit RepeatedBody(const std::string& bytes) : bytes_(bytes) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size() - position_);
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  const std::string& bytes_;
  std::size_t position_ = 0;
};

Task<Result<bool>> drain(http::BodyReader& body, std::vector<std::byte>& buffer) {
  while (true) {
    CO_ASSIGN_OR_RETURN(const std::size_t count, co_await body.read(buffer));
    if (count == 0) co_return true;
  }
}

enum class Form { plain, sha256, crc32, crc64nvme, chunks_signed, chunks_trailer };

std::string frames(const ChecksumAlgorithm* trailer, std::string_view seed, http::AwsSigningKeys& keys,
                   const http::AwsScope& scope, std::string_view timestamp) {
  const std::string data(kChunk, 'a');
  const auto key = keys.get(kKeys.secret_access_key, scope);
  std::string signature(seed);
  std::string out;
  const auto add = [&](std::string_view chunk) {
    out += fmt::format("{:x}", chunk.size());
    if (!trailer) {
      signature = http::aws_chunk_signature(key, timestamp, scope, signature, to_hex(sha256(chunk)));
      out += ";chunk-signature=" + signature;
    }
    out += "\r\n";
    out += chunk;
    if (!chunk.empty()) out += "\r\n";
  };
  for (std::size_t i = 0; i < kBody / kChunk; ++i) add(data);
  add("");
  if (trailer) {
    ContentChecksum checksum(*trailer);
    for (std::size_t i = 0; i < kBody / kChunk; ++i) checksum.update(std::as_bytes(std::span(data)));
    out += std::string(checksum_header(*trailer)) + ':' + to_base64(checksum.finish()) + "\r\n";
  }
  return out + "\r\n";
}

void ReadBody(benchmark::State& state, Form form) {
  Signer signer;
  http::Request request = request_of("PUT");
  std::string body(kBody, 'a');
  std::string hash(http::kUnsignedPayload);
  if (form == Form::sha256) hash = to_hex(sha256(body));
  if (form == Form::chunks_signed) hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  if (form == Form::chunks_trailer) hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  const auto crc = form == Form::crc64nvme ? ChecksumAlgorithm::crc64nvme : ChecksumAlgorithm::crc32;
  if (form == Form::crc32 || form == Form::crc64nvme) {
    ContentChecksum checksum(crc);
    checksum.update(std::as_bytes(std::span(body)));
    request.headers.add(std::string(checksum_header(crc)), to_base64(checksum.finish()));
  }
  if (form == Form::chunks_trailer) request.headers.add("x-amz-trailer", std::string(checksum_header(crc)));
  http::sign_request(request, kHost, kKeys, "us-east-1", "s3", hash, system_clock().now(),
                     signer.signing_keys);
  if (form == Form::chunks_signed || form == Form::chunks_trailer) {
    const std::string_view authorization = request.headers.get("Authorization");
    const std::string_view timestamp = request.headers.get("X-Amz-Date");
    const http::AwsScope scope{std::string(timestamp.substr(0, 8)), "us-east-1", "s3"};
    body = frames(form == Form::chunks_trailer ? &crc : nullptr,
                  authorization.substr(authorization.size() - 64), signer.signing_keys, scope, timestamp);
  }

  std::vector<std::byte> buffer(1u << 20);
  for (auto _ : state) {
    request.body = std::make_unique<RepeatedBody>(body);
    const Authenticated authenticated = signer.check(request);
    BlockingExecutor executor;
    if (!executor.run(drain(*authenticated.body, buffer))) std::abort();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBody));
}
BENCHMARK_CAPTURE(ReadBody, Unchecked, Form::plain)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadBody, Sha256, Form::sha256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadBody, Crc32, Form::crc32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadBody, Crc64nvme, Form::crc64nvme)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadBody, SignedChunks, Form::chunks_signed)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadBody, ChunksAndTrailer, Form::chunks_trailer)->Unit(benchmark::kMillisecond);

void DigestOf(benchmark::State& state, Digest (*make)()) {
  const std::string body(kBody, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(make().update(body).finish());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBody));
}
BENCHMARK_CAPTURE(DigestOf, Sha256, Digest::sha256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(DigestOf, Md5, Digest::md5)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mere::s3

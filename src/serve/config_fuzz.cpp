// Configuration of any text: a file, then "NAME=value" lines of an environment behind the first zero byte. It
// is read, or refused in a message that names a key or a line; nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/fd.h"
#include "serve/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere::serve;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view file = text.substr(0, text.find('\0'));
  std::string_view rest = file.size() < text.size() ? text.substr(file.size() + 1) : std::string_view();
  std::vector<std::string> environment;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    environment.emplace_back(line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }

  const mere::Fd memory(::memfd_create("config", MFD_CLOEXEC));
  MERE_CHECK(memory && ::write(memory.get(), file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(memory.get());

  const auto loaded = load_config(path, environment);
  if (!loaded) MERE_CHECK(!loaded.error().message.empty());

  const std::size_t equals = file.find('=');
  if (equals != std::string_view::npos) {
    Config config;
    (void)set_key(config, file.substr(0, equals), std::string(file.substr(equals + 1)));
  }
  return 0;
}

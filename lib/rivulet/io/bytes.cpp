#include "rivulet/io/bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int, 256> digit_values = [] {
  std::array<int, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  return values;
}();

}  // namespace

Bytes read_file(const std::string& path, uint64_t max_bytes) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("read", fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  Bytes bytes;
  // Read until the end rather than trust a length: pipes and /proc have none.
  size_t chunk = size_t{1} << 16;
  for (;;) {
    const size_t size = bytes.size();
    bytes.resize(size + chunk);
    const size_t got = std::fread(bytes.data() + size, 1, chunk, file.get());
    bytes.resize(size + got);
    if (std::ferror(file.get()) != 0) {
      fail("read", fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    }
    if (bytes.size() > max_bytes) {
      fail("read", fmt::format("{} is longer than {} bytes", path, max_bytes));
    }
    if (got < chunk) return bytes;
    if (chunk < (size_t{1} << 24)) chunk *= 2;
  }
}

namespace {

/// Writes, and waits until the disk has it: the name must never be given to what a power cut would
/// lose. Returns 0, or the system's reason.
int write_all(std::FILE* file, std::span<const std::byte> bytes) {
  errno = 0;
  // An empty span may have no address, and fwrite asks for one.
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) {
    return errno != 0 ? errno : EIO;
  }
  if (std::fflush(file) != 0) return errno;
  const bool no_disk = fsync(fileno(file)) != 0 && errno != EINVAL && errno != ENOTSUP;
  return no_disk ? errno : 0;
}

/// A new name lasts only when its folder was written, too. Not every file system can say.
void sync_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int handle = open(folder.c_str(), O_RDONLY);
  if (handle < 0) return;
  (void)fsync(handle);
  close(handle);
}

/// Pipes and devices are written as they are: a file cannot take their place.
bool is_place_of_its_own(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  const bool direct = is_place_of_its_own(path);
  const std::string part = direct ? path : path + ".part";
  File file(std::fopen(part.c_str(), "wb"));
  if (!file) fail("write", fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  int reason = write_all(file.get(), bytes);
  if (std::fclose(file.release()) != 0 && reason == 0) reason = errno;
  if (reason == 0 && !direct && std::rename(part.c_str(), path.c_str()) != 0) reason = errno;
  if (reason == 0) {
    if (!direct) sync_folder_of(path);
    return;
  }
  if (!direct) std::remove(part.c_str());
  fail("write", fmt::format("cannot write {}: {}", path, std::strerror(reason)));
}

std::string base64url(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t buffer = 0;
  int bits = 0;
  for (const std::byte byte : bytes) {
    buffer = buffer << 8 | std::to_integer<uint32_t>(byte);
    for (bits += 8; bits >= 6;) text += alphabet[buffer >> (bits -= 6) & 63U];
  }
  if (bits > 0) text += alphabet[buffer << (6 - bits) & 63U];
  return text;
}

Bytes from_base64url(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = digit_values[static_cast<unsigned char>(c)];
    if (value < 0) {
      fail("base64url", fmt::format("byte 0x{:02x} is not of the alphabet",
                                    static_cast<unsigned>(static_cast<unsigned char>(c))));
    }
    buffer = buffer << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(buffer >> bits & 255U));
  }
  if (text.size() % 4 == 1)
    fail("base64url", fmt::format("cut off after {} characters", text.size()));
  if ((buffer & ((1U << bits) - 1U)) != 0) fail("base64url", "the last character has stray bits");
  return bytes;
}

}  // namespace rivulet::io

#include "rivulet/exec/gpu/vulkan/disk.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <random>

namespace rivulet::exec::gpu::vulkan {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t magic = 0x72767331;  // "rvs1"

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path cache_folder() {
  if (const fs::path own = variable("RIVULET_CACHE"); !own.empty()) return own;
  if (const fs::path users = variable("XDG_CACHE_HOME"); !users.empty()) return users / "rivulet";
  const fs::path home = variable("HOME");
  return home.empty() ? fs::path() : home / ".cache" / "rivulet";
}

/// FNV-1a of 64 bits.
uint64_t checksum(const void* data, size_t bytes, uint64_t hash = 0xcbf29ce484222325) {
  const auto* byte = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < bytes; ++i) hash = (hash ^ byte[i]) * 0x100000001b3;
  return hash;
}

struct Header {
  uint32_t magic;
  uint32_t words;
  uint64_t checksum;
};

}  // namespace

DiskCache DiskCache::named(std::string_view name) {
  const fs::path folder = cache_folder();
  return DiskCache(folder.empty() ? folder : folder / "gpu" / name);
}

fs::path DiskCache::file(const std::string& key) const {
  const uint64_t one = checksum(key.data(), key.size());
  const uint64_t other = checksum(key.data(), key.size(), one ^ 0x9e3779b97f4a7c15);
  return folder_ / fmt::format("{:016x}{:016x}", one, other);
}

std::optional<std::vector<uint32_t>> DiskCache::find(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  std::error_code error;
  const auto size = fs::file_size(file(key), error);
  std::ifstream in(file(key), std::ios::binary);
  Header header{};
  if (error || !in.read(reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  const size_t bytes = size - sizeof header;
  if (header.magic != magic || bytes != size_t{header.words} * sizeof(uint32_t))
    return std::nullopt;
  std::vector<uint32_t> words(header.words);
  if (!in.read(reinterpret_cast<char*>(words.data()), static_cast<std::streamsize>(bytes)) ||
      checksum(words.data(), bytes) != header.checksum) {
    return std::nullopt;
  }
  return words;
}

/// Under another name first: who reads at the same time finds all or nothing.
void DiskCache::keep(const std::string& key, std::span<const uint32_t> words) const {
  if (folder_.empty()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  const Header header{magic, static_cast<uint32_t>(words.size()),
                      checksum(words.data(), words.size_bytes())};
  fs::path part = file(key);
  part += fmt::format(".{:08x}", std::random_device()());
  {
    std::ofstream out(part, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(reinterpret_cast<const char*>(words.data()),
              static_cast<std::streamsize>(words.size_bytes()));
    if (!out) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) fs::rename(part, file(key), error);
  if (error) fs::remove(part, error);
}

bool shows_kernels() { return !variable("RIVULET_KERNELS").empty(); }

void show_kernel(const std::string& wgsl) {
  const fs::path folder = variable("RIVULET_KERNELS");
  fs::create_directories(folder);
  const uint64_t name = checksum(wgsl.data(), wgsl.size());
  std::ofstream(folder / fmt::format("{:016x}.wgsl", name)) << wgsl;
}

}  // namespace rivulet::exec::gpu::vulkan

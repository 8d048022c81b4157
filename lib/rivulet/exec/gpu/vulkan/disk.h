// What drivers compiled once, kept on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rivulet::exec::gpu::vulkan {

/// Files of bytes by a key, each with a checksum: what is damaged is as good as missing, and so is
/// everything where no folder can be written.
class DiskCache {
 public:
  explicit DiskCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// In the cache folder: RIVULET_CACHE, or where the user's caches are.
  [[nodiscard]] static DiskCache named(std::string_view name);

  [[nodiscard]] std::optional<std::vector<uint32_t>> find(const std::string& key) const;
  void keep(const std::string& key, std::span<const uint32_t> words) const;
  [[nodiscard]] std::filesystem::path file(const std::string& key) const;

 private:
  std::filesystem::path folder_;  ///< empty: there is none
};

/// Whether RIVULET_KERNELS names a folder.
[[nodiscard]] bool shows_kernels();
/// A kernel as text into that folder, for people, and for a browser to try.
void show_kernel(const std::string& wgsl);

}  // namespace rivulet::exec::gpu::vulkan

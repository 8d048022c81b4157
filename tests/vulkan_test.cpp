// What drivers compiled is kept on disk; what a card answers is told in a sentence.
#include <doctest/doctest.h>

#include <fstream>

#include "messages.h"
#include "rivulet/exec/gpu/vulkan/disk.h"
#include "rivulet/exec/gpu/vulkan/instance.h"
#include "temp_folder.h"

using rivulet::exec::gpu::vulkan::DiskCache;
using rivulet::test::TempFolder;

TEST_CASE("gpu: what is kept on disk comes back, and what was damaged does not") {
  const TempFolder folder;
  const DiskCache cache(folder / "kept");
  const std::vector<uint32_t> words{1, 2, 0xffffffff, 4};
  CHECK_FALSE(cache.find("one").has_value());
  cache.keep("one", words);
  cache.keep("nothing", {});
  CHECK(cache.find("one") == words);
  CHECK(cache.find("nothing") == std::vector<uint32_t>{});
  CHECK_FALSE(cache.find("other").has_value());
  const auto size = std::filesystem::file_size(cache.file("one"));
  for (size_t at = 0; at < size; ++at) {  // each byte of it
    std::fstream file(cache.file("one"), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get());
    const auto put = [&](char value) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put(value);
      file.flush();
    };
    put(static_cast<char>(byte ^ 16));
    CHECK_FALSE(cache.find("one").has_value());
    put(byte);
  }
  CHECK(cache.find("one") == words);
  std::filesystem::resize_file(cache.file("one"), size - 1);
  CHECK_FALSE(cache.find("one").has_value());
  std::filesystem::resize_file(cache.file("one"), 3);
  CHECK_FALSE(cache.find("one").has_value());
  const DiskCache nowhere{std::filesystem::path()};
  nowhere.keep("one", words);
  CHECK_FALSE(nowhere.find("one").has_value());
}

TEST_CASE("gpu: what a card answers, in a sentence that names a way out") {
  const auto sentence = [](VkResult result) -> std::string {
    return rivulet::testing::message_of(
        [&] { rivulet::exec::gpu::vulkan::check(result, "Some Card", "a run"); });
  };
  CHECK(sentence(VK_SUCCESS).empty());
  CHECK(sentence(VK_ERROR_DEVICE_LOST) == "[gpu] Some Card was lost (a run)");
  CHECK(sentence(VK_ERROR_OUT_OF_DEVICE_MEMORY).find("too little memory") != std::string::npos);
  CHECK(sentence(VK_ERROR_OUT_OF_DEVICE_MEMORY).find("take a smaller batch") != std::string::npos);
  CHECK(sentence(VK_ERROR_UNKNOWN).find("a run failed with -13") != std::string::npos);
}

// A zip archive of a stranger: unpacked or refused, and never to more than is allowed.
#include "rivulet/io/zip.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t limit = 1 << 16;
  try {
    uint64_t all = 0;
    for (const auto& entry : rivulet::io::unzip(std::as_bytes(std::span(data, size)), limit)) {
      all += entry.bytes.size();
    }
    if (all > limit) std::abort();
  } catch (const rivulet::Error&) {
  }
  return 0;
}

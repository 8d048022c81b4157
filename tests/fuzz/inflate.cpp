// A stream of deflate of a stranger, bare and as zlib has it, so that no checksum stands before it.
#include "rivulet/io/inflate.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::io;
  constexpr uint64_t limit = 1 << 16;
  const auto packed = std::as_bytes(std::span(data, size));
  try {
    const Inflated found = inflate(packed, limit);
    if (found.bytes.size() > limit || found.used > size) std::abort();
    // The stream ends where it says: what follows does not matter.
    if (inflate(packed.first(found.used), limit).bytes != found.bytes) std::abort();
  } catch (const rivulet::Error&) {
  }
  try {
    if (unzlib(packed, 64).size() != 64) std::abort();
  } catch (const rivulet::Error&) {
  }
  return 0;
}

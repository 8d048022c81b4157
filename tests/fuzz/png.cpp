// A PNG of a stranger: read or refused; what was read is written and read again.
#include "rivulet/io/png.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::io;
  constexpr int max_side = 256;  // larger ones only take longer
  try {
    const auto file = std::as_bytes(std::span(data, size));
    const Image image = decode_png(file, 0, max_side);
    if (decode_png(encode_png(image)) != image) std::abort();
    for (const int channels : {1, 3, 4}) {
      if (decode_png(file, channels, max_side).channels != channels) std::abort();
    }
  } catch (const rivulet::Error&) {
  }
  return 0;
}

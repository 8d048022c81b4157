// A gzip file of a stranger: unpacked or refused, and never to more than is allowed.
#include "rivulet/io/gzip.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t limit = 1 << 16;
  try {
    if (rivulet::io::gunzip(std::as_bytes(std::span(data, size)), limit).size() > limit) {
      std::abort();
    }
  } catch (const rivulet::Error&) {
  }
  return 0;
}

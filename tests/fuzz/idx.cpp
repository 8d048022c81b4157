// An idx file of a stranger: read or refused; what was read is written and read again.
#include "rivulet/io/idx.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::io;
  try {
    const ByteArray array = parse_idx(std::as_bytes(std::span(data, size)));
    if (parse_idx(idx_bytes(array)) != array) std::abort();
    (void)parse_idx(std::as_bytes(std::span(data, size)), Meaning::pixels);
  } catch (const rivulet::Error&) {
  }
  return 0;
}

// A safetensors file of a stranger: read or refused; what was read is written and read again.
#include "rivulet/io/safetensors.h"

#include <cstdlib>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::io;
  SafeTensors content;
  try {
    content = parse_safetensors(std::as_bytes(std::span(data, size)));
  } catch (const rivulet::Error&) {
    return 0;
  }
  // Halves become floats without loss, so the second reading must agree with the first to the bit.
  const Bytes file = serialise(content, Precision::f32);
  if (serialise(parse_safetensors(file), Precision::f32) != file) std::abort();
  return 0;
}

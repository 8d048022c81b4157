// Settings of a stranger: read or refused; what was read is written and read again.
#include "rivulet/ui/state.h"

#include <cstdlib>
#include <string_view>

#include "rivulet/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rivulet::ui;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string once;
  try {
    once = to_fields(flow2d_state(Fields::parse(fragment_of(text)))).text();
  } catch (const rivulet::Error&) {
    return 0;
  }
  // What was accepted must be as good as what we write ourselves.
  const std::string twice = to_fields(flow2d_state(Fields::parse(once))).text();
  if (once.size() > max_state_text || once != twice) std::abort();
  return 0;
}

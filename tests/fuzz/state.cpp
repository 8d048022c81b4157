// Settings of a stranger: read or refused; what was read is written and read again.
#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/ddcm/state.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/live/tarflow_pictures/state.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "rivulet/core/error.h"

namespace {

using namespace rivulet::live;

/// Any lab's settings, as that lab writes them.
std::string settled(const Fields& fields) {
  if (fields.lab == "pictures") return to_fields(pictures::read_state(fields)).text();
  if (fields.lab == "ddcm") return to_fields(ddcm::read_state(fields)).text();
  if (fields.lab == "tarflow2d") return to_fields(tarflow2d::read_state(fields)).text();
  if (fields.lab == "tarflow-pictures")
    return to_fields(tarflow_pictures::read_state(fields)).text();
  return to_fields(flow2d::read_state(fields)).text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string once;
  try {
    once = settled(Fields::parse(fragment_of(text)));
  } catch (const rivulet::Error&) {
    return 0;
  }
  // What was accepted must be as good as what we write ourselves.
  const std::string twice = settled(Fields::parse(once));
  if (once.size() > max_state_text || once != twice) std::abort();
  return 0;
}

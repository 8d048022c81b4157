// Settings of a stranger: read or refused; what was read is written and read again.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/ui/labs/labs.h"

namespace {

using namespace rivulet;

/// Settings as the lab that they are of writes them.
std::string settled(const std::vector<ui::Lab>& labs, const live::Fields& fields) {
  const auto lab = std::ranges::find(labs, fields.lab, &ui::Lab::id);
  if (lab == labs.end()) fail("state", "there is no such lab");
  lab->restore(fields);
  return lab->state().text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<ui::Lab> labs = ui::make_labs();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string once;
  try {
    once = settled(labs, live::Fields::parse(live::fragment_of(text)));
  } catch (const Error&) {
    return 0;
  }
  // What was accepted must be as good as what we write ourselves.
  const std::string twice = settled(labs, live::Fields::parse(once));
  if (once.size() > live::max_state_text || once != twice) std::abort();
  return 0;
}

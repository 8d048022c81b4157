#include "rivulet/ui/mirror.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace rivulet::ui {
namespace {

constexpr std::array<const char*, 7> role_names = {"button", "tab",   "chip", "toggle",
                                                   "dial",   "field", "words"};

}  // namespace

std::string mirror_text(const Ui& ui) {
  std::string out = fmt::format(R"({{"used":{},"dark":{},"said":{},"controls":[)",
                                json_text(ui.used), ui.theme->dark, json_text(ui.toast));
  for (size_t i = ui.covered; i < ui.controls.size(); ++i) {
    const Control& c = ui.controls[i];
    fmt::format_to(std::back_inserter(out),
                   R"({}[{},"{}",{},{},{:.0f},{:.0f},{:.0f},{:.0f},{},{},{},{}])",
                   i > ui.covered ? "," : "", json_text(c.name),
                   role_names[static_cast<size_t>(c.role)], json_text(c.label), json_text(c.value),
                   c.box.x, c.box.y, c.box.w, c.box.h, c.on, c.at, c.count, c.seen);
  }
  return out + "]}";
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace rivulet::ui

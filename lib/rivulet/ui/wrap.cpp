#include "rivulet/ui/wrap.h"

#include <algorithm>
#include <cstdint>

namespace rivulet::ui {
namespace {

struct Sign {
  char32_t code = 0;
  std::string_view bytes;
};

Sign next_sign(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const size_t wanted = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const size_t count = std::min(wanted, text.size());
  char32_t code = count == 1 ? lead : lead & (0xFFU >> (count + 1));
  for (size_t i = 1; i < count; ++i) code = code << 6 | (byte(i) & 0x3FU);
  return {code, text.substr(0, count)};
}

bool wide(char32_t code) { return code >= 0x2E80 && code < 0xE000 ? true : code >= 0xFF00; }

bool closes(char32_t code) {
  return std::u32string_view(U"，。、；：？！）》」』”’…·%").find(code) !=
         std::u32string_view::npos;
}

bool opens(char32_t code) {
  return std::u32string_view(U"（《「『“‘").find(code) != std::u32string_view::npos;
}

/// May a line end between these two?
bool breaks(char32_t before, char32_t after) {
  if (opens(before) || closes(after)) return false;
  return wide(before) || wide(after);
}

}  // namespace

bool has_chinese(std::string_view text) {
  while (!text.empty()) {
    const Sign sign = next_sign(text);
    if (wide(sign.code)) return true;
    text.remove_prefix(sign.bytes.size());
  }
  return false;
}

std::string wrapped(std::string_view text, float width,
                    const std::function<float(char32_t)>& advance) {
  std::string done;  // lines that are full
  std::string line;  // of this line, up to the last place where it may end
  std::string word;  // what follows that place
  float line_width = 0;
  float word_width = 0;
  char32_t before = 0;
  const auto settle = [&] {
    line += word;
    line_width += word_width;
    word.clear();
    word_width = 0;
  };
  while (!text.empty()) {
    const Sign sign = next_sign(text);
    text.remove_prefix(sign.bytes.size());
    if (before == U' ' || breaks(before, sign.code)) settle();
    const float own = advance(sign.code);
    const bool full = line_width + word_width + own > width && sign.code != U' ';
    if (full && line.empty()) settle();  // a word longer than a line is cut
    if (full && !line.empty()) {
      while (line.ends_with(' ')) line.pop_back();
      done += line + '\n';
      line.clear();
      line_width = 0;
    }
    word += sign.bytes;
    word_width += own;
    before = sign.code;
    if (sign.code == U'\n') {
      settle();
      done += line;
      line.clear();
      line_width = 0;
    }
  }
  return done + line + word;
}

}  // namespace rivulet::ui

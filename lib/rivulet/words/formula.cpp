#include "rivulet/words/formula.h"

#include <algorithm>

#include "rivulet/core/error.h"

namespace rivulet::words {
namespace {

using Node = Formula::Node;
using Kind = Node::Kind;

constexpr std::string_view relations[] = {"=", "←", "≈", "∼", "≤", "≥", "→"};
constexpr std::string_view operations[] = {"+", "−", "⋅", "×"};

template <size_t N>
bool among(const std::string_view (&list)[N], std::string_view sign) {
  return std::find(std::begin(list), std::end(list), sign) != std::end(list);
}

Node row(std::vector<Node> parts) { return {.kind = Kind::row, .parts = std::move(parts)}; }

Node glyph(std::string_view sign) {
  const auto lead = static_cast<unsigned char>(sign[0]);
  const bool latin = sign.size() == 1 && ((lead | 32) >= 'a' && (lead | 32) <= 'z');
  // Small Greek letters; capitals stand upright, as in TeX.
  const bool greek = sign.size() == 2 && (lead == 0xCF || (lead == 0xCE && sign >= "α"));
  Node node{.kind = Kind::glyphs, .italic = latin || greek, .text = std::string(sign)};
  if (among(relations, sign)) node.before = node.after = 26;
  if (among(operations, sign)) node.before = node.after = 18;
  if (sign == ",") node.after = 16;
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view source) : rest_(source) {}

  std::vector<Node> words() {
    std::vector<Node> out;
    while (!rest_.empty()) {
      if (rest_[0] == ' ') {
        rest_.remove_prefix(1);
        continue;
      }
      const bool starts = take("|");
      std::vector<Node> parts;
      while (!rest_.empty() && rest_[0] != ' ') parts.push_back(item());
      out.push_back(row(std::move(parts)));
      out.back().starts = starts;
    }
    return out;
  }

 private:
  [[noreturn]] static void bad(const std::string& what) { fail("formula", what); }

  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  std::string_view sign() {
    const auto lead = static_cast<unsigned char>(rest_[0]);
    const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (bytes > rest_.size()) bad("cut-off character");
    const std::string_view out = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return out;
  }

  std::string_view braced_text() {
    if (!take("{")) bad("'{' expected");
    const auto end = rest_.find('}');
    if (end == std::string_view::npos) bad("'}' missing");
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }

  Node group() {
    if (!take("{")) return atom();
    std::vector<Node> parts;
    while (!take("}")) {
      if (rest_.empty()) bad("'}' missing");
      if (!take(" ")) parts.push_back(item());
    }
    return row(std::move(parts));
  }

  Node atom() {
    if (rest_.empty()) bad("something expected at the end");
    if (rest_[0] == '{') return group();
    if (take("\\word")) return {.kind = Kind::phrase, .text = std::string(braced_text())};
    if (take("\\text")) {
      std::string words(braced_text());
      std::replace(words.begin(), words.end(), '~', ' ');
      return {.kind = Kind::glyphs, .text = std::move(words)};
    }
    if (take("\\bar")) return {.kind = Kind::bar, .parts = {group()}};
    if (take("\\hat")) return {.kind = Kind::bar, .text = "^", .parts = {group()}};
    if (take("\\E")) return glyph("\uE000");  // blackboard E of the embedded font
    if (take("\\frac")) {
      Node above = group();
      Node below = group();
      return {.kind = Kind::fraction,
              .before = 8,
              .after = 8,
              .parts = {std::move(above), std::move(below)}};
    }
    if (take("\\at")) {
      std::string key(braced_text());
      return {.kind = Kind::mark, .text = std::move(key), .parts = {group()}};
    }
    if (rest_[0] == '\\') bad("unknown command " + std::string(rest_.substr(0, 8)));
    if (take("~")) return {.kind = Kind::glyphs, .text = "", .before = 45};
    return glyph(sign());
  }

  Node item() {
    Node base = atom();
    if (!rest_.starts_with("_") && !rest_.starts_with("^")) return base;
    Node below = row({});
    Node above = row({});
    while (!rest_.empty() && (rest_[0] == '_' || rest_[0] == '^')) {
      const bool is_below = rest_[0] == '_';
      rest_.remove_prefix(1);
      (is_below ? below : above) = group();
    }
    return {.kind = Kind::scripts, .parts = {std::move(base), std::move(below), std::move(above)}};
  }

  std::string_view rest_;
};

}  // namespace

Formula::Formula(std::string_view source) : words_(Parser(source).words()) {}

}  // namespace rivulet::words

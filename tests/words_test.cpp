// Every sentence in every language: there, formatted, with the same holes, and with glyphs.
#include "rivulet/words/words.h"

#include <doctest/doctest.h>
#include <fmt/args.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/live/ddcm/state.h"
#include "rivulet/live/distill2d/state.h"
#include "rivulet/live/experts_balance/state.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/live/experts_pictures/state.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/live/tarflow_pictures/state.h"
#include "rivulet/models/ddcm_file.h"
#include "rivulet/ui/chinese_faces.h"
#include "rivulet/ui/embedded.h"
#include "rivulet/ui/theme.h"
#include "rivulet/ui/wrap.h"
#include "rivulet/words/formula.h"
#include "rivulet/words/formulas.h"

using namespace rivulet;
using words::Language;

namespace {

constexpr std::array languages = {Language::english, Language::chinese};

/// A table of words is nothing but lines.
template <class Table>
std::vector<const char*> lines_of(const Table& table) {
  static_assert(std::is_trivially_copyable_v<Table> && sizeof(Table) % sizeof(const char*) == 0);
  std::vector<const char*> lines(sizeof(Table) / sizeof(const char*));
  std::memcpy(lines.data(), &table, sizeof(Table));
  return lines;
}

std::vector<const char*> lines_of(Language language) {
  const words::Words& w = words::words(language);
  std::vector<const char*> all;
  const auto add = [&](const auto& table) {
    const auto lines = lines_of(table);
    all.insert(all.end(), lines.begin(), lines.end());
  };
  add(w.common);
  add(w.flow2d);
  add(w.pictures);
  add(w.ddcm);
  add(w.tarflow2d);
  add(w.tarflow_pictures);
  add(w.experts_geometry);
  add(w.experts_balance);
  add(w.experts_pictures);
  add(w.distill2d);
  return all;
}

/// What stands in the braces of a template, in the order of its arguments. `checks`: either no hole
/// bears a number or all do.
std::vector<std::string> holes_of(std::string_view line) {
  std::vector<std::string> in_order;
  std::map<int, std::string> numbered;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line.substr(at, 2) == "{{" || line.substr(at, 2) == "}}") {
      ++at;
    } else if (line[at] == '{') {
      const size_t end = line.find('}', at);
      REQUIRE(end != std::string_view::npos);
      std::string hole(line.substr(at + 1, end - at - 1));
      if (!hole.empty() && hole[0] >= '0' && hole[0] <= '9') {
        const size_t colon = std::min(hole.find(':'), hole.size());
        CHECK(numbered.emplace(std::stoi(hole), hole.substr(colon)).second);
      } else {
        in_order.push_back(hole);
      }
      at = end;
    }
  }
  CHECK((in_order.empty() || numbered.empty()));
  for (const auto& [number, hole] : numbered) {
    CHECK(number == static_cast<int>(in_order.size()));
    in_order.push_back(hole);
  }
  return in_order;
}

/// The template with a number in each hole; a hole without a format takes numbers and words alike.
std::string filled(const char* line) {
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  for (const std::string& hole : holes_of(line)) {
    if (hole.empty()) {
      arguments.push_back(std::string("7"));
    } else {
      arguments.push_back(0.5);
    }
  }
  return fmt::vformat(line, arguments);
}

/// Lines that say the same in both languages: names, keys, signs, units of the field.
const std::set<std::string> same_everywhere = {"TarFlow",
                                               "1 – 6",
                                               "1 – 8",
                                               "0 – 9",
                                               "1 – 9",
                                               "← →",
                                               "?",
                                               "N",
                                               "S",
                                               "R",
                                               "C",
                                               "D",
                                               "P",
                                               "B",
                                               "U",
                                               "G",
                                               "A",
                                               "E",
                                               "L",
                                               "{} {:.0f} %",
                                               "DDCM",
                                               "UUID",
                                               "PNG",
                                               "DDPM",
                                               "2×",
                                               "4×",
                                               "Reflow",
                                               "V",
                                               "H",
                                               "Softplus",
                                               "Softmax",
                                               "Sigmoid",
                                               "RMS",
                                               "MaxVio {:.2f}",
                                               "1 2 3",
                                               "ReLU",
                                               "exp",
                                               "SplitMeanFlow",
                                               "MeanFlow",
                                               "Fashion",
                                               "Turbo",
                                               "Hadamard",
                                               "Jacobi",
                                               "q(x₁)",
                                               "q(x₂ | x₁)",
                                               "A",
                                               "H",
                                               "L",
                                               "E",
                                               "{} {:.0f} %",
                                               "z = ({:.2f}, {:.2f})",
                                               "PSNR {:.1f} dB",
                                               "log q({:.2f}, {:.2f}) = {:.2f}"};

/// The characters of a text, none of which has four bytes.
std::u32string signs_of(std::string_view text) {
  std::u32string signs;
  for (size_t at = 0; at < text.size();) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const size_t bytes = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : 3;
    char32_t sign = bytes == 1 ? byte(0) : byte(0) & (bytes == 2 ? 31U : 15U);
    for (size_t i = 1; i < bytes; ++i) sign = sign << 6 | (byte(i) & 63U);
    signs.push_back(sign);
    at += bytes;
  }
  return signs;
}

bool latin_word(std::string_view text) {
  int letters = 0;
  for (const char c : text) {
    letters = (c | 32) >= 'a' && (c | 32) <= 'z' ? letters + 1 : 0;
    if (letters > 2) return true;
  }
  return false;
}

std::vector<const char*> formulas() {
  std::vector<const char*> all;
  const auto add = [&](const auto&... sources) {
    const auto one = [&](const auto& source) {
      if constexpr (std::is_convertible_v<decltype(source), const char*>) {
        all.push_back(source);
      } else {
        all.insert(all.end(), source.begin(), source.end());
      }
    };
    (one(sources), ...);
  };
  namespace f = words::formulas;
  add(f::flow2d::objectives, f::flow2d::update, f::flow2d::sample, f::flow2d::path);
  add(f::pictures::sample, f::pictures::belief, f::pictures::morph, f::pictures::noise);
  add(f::ddcm::step, f::ddcm::plane, f::ddcm::choice, f::ddcm::form, f::ddcm::bits, f::ddcm::pull,
      f::ddcm::read, f::ddcm::random);
  add(f::tarflow2d::block, f::tarflow2d::back, f::tarflow2d::density, f::tarflow2d::loss);
  add(f::experts_geometry::sum, f::experts_geometry::choice, f::experts_geometry::error,
      f::experts_geometry::angles, f::experts_geometry::layer, f::experts_geometry::router,
      f::experts_geometry::layer_choice, f::experts_geometry::loss);
  add(f::experts_balance::layer, f::experts_balance::choice, f::experts_balance::remedies,
      f::experts_balance::violation);
  add(f::distill2d::noised, f::distill2d::losses, f::distill2d::fake, f::distill2d::theory,
      f::distill2d::drift, f::distill2d::terms);
  add(f::experts_pictures::layer, f::experts_pictures::router, f::experts_pictures::load);
  add(f::tarflow_pictures::way, f::tarflow_pictures::noise, f::tarflow_pictures::denoise,
      f::tarflow_pictures::guidance, f::tarflow_pictures::forth, f::tarflow_pictures::edit,
      f::tarflow_pictures::density, f::tarflow_pictures::bits, f::tarflow_pictures::within,
      f::tarflow_pictures::tone);
  return all;
}

void find_keys(const std::vector<words::Formula::Node>& nodes, std::set<std::string>& keys) {
  for (const words::Formula::Node& node : nodes) {
    if (node.kind == words::Formula::Node::Kind::phrase) keys.insert(node.text);
    find_keys(node.parts, keys);
  }
}

template <class Call>
std::string complaint(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

template <class Read>
std::string bad_state(Read read, const std::string& text) {
  return complaint([&] { (void)read(live::Fields::parse(text)); });
}

}  // namespace

TEST_CASE("words: no line is missing or empty") {
  for (const Language language : languages) {
    for (const char* line : lines_of(language)) {
      REQUIRE(line != nullptr);
      CHECK(line[0] != '\0');
    }
  }
}

TEST_CASE("words: every template has the holes that the English one has, and formats") {
  const auto english = lines_of(Language::english);
  for (const Language language : languages) {
    const auto lines = lines_of(language);
    REQUIRE(lines.size() == english.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      INFO(english[i]);
      INFO(lines[i]);
      CHECK(holes_of(lines[i]) == holes_of(english[i]));
      std::string text;
      CHECK_NOTHROW(text = filled(lines[i]));
      CHECK(!text.empty());
    }
  }
}

TEST_CASE("words: nothing is left in English by accident") {
  const auto english = lines_of(Language::english);
  const auto chinese = lines_of(Language::chinese);
  for (size_t i = 0; i < english.size(); ++i) {
    if (same_everywhere.contains(english[i])) continue;
    if (std::string_view(chinese[i]) == words::words(Language::chinese).common.other_name) continue;
    if (std::string_view(chinese[i]) == words::words(Language::chinese).common.other_language) {
      continue;
    }
    INFO(english[i]);
    CHECK(std::string_view(chinese[i]) != english[i]);
    // Keys of a keyboard are letters only.
    CHECK((ui::has_chinese(chinese[i]) || !latin_word(chinese[i])));
  }
}

TEST_CASE("words: formulas parse, and every language has their phrases") {
  std::set<std::string> keys;
  for (const char* source : formulas()) {
    INFO(source);
    CHECK_NOTHROW(find_keys(words::Formula(source).words(), keys));
  }
  CHECK(keys.size() > 20);
  for (const Language language : languages) {
    const words::Words& w = words::words(language);
    for (const std::string& key : keys) {
      CHECK_NOTHROW((void)words::find_phrase(w.phrases, key));
    }
    CHECK(w.phrases.size() == keys.size());
  }
  CHECK_THROWS_AS((void)words::find_phrase(words::words(Language::english).phrases, "none"), Error);
}

TEST_CASE("words: languages by name and by locale") {
  CHECK(words::name_of(Language::english) == "en");
  CHECK(words::language_names.find("zh") == Language::chinese);
  CHECK(!words::language_names.find("zh-CN"));
  CHECK(!words::language_names.find(""));
  for (const char* locale : {"zh", "zh-CN", "zh-Hant-TW", "zh_CN.UTF-8", "zh.UTF-8"}) {
    CHECK(words::language_of_locale(locale) == Language::chinese);
  }
  for (const char* locale : {"", "C", "POSIX", "C.UTF-8", "en-GB", "de_DE.UTF-8", "zha"}) {
    CHECK(words::language_of_locale(locale) == Language::english);
  }
}

TEST_CASE("words: what fills the holes of a sentence") {
  using Fills = std::vector<std::string_view>;
  CHECK(words::fills("not a PNG file", "not a PNG file") == Fills{});
  CHECK(!words::fills("not a PNG file", "not a PNG file?"));
  CHECK(words::fills("{} bytes", "12 bytes") == Fills{"12"});
  CHECK(!words::fills("{} bytes", " bytes of it"));
  CHECK(!words::fills("{} bytes", "bytes"));
  CHECK(words::fills("it is cut off: {} of {} bytes", "it is cut off: 3 of 16 bytes") ==
        Fills{"3", "16"});
  CHECK(words::fills("begin with {{ and {}", "begin with { and x") == Fills{"x"});
  CHECK(!words::fills("{} of {}", " of 3"));
}

TEST_CASE("words: errors have the holes of the English, no two say the same") {
  std::set<std::string_view> seen;
  for (const words::Translation& line : words::words(Language::chinese).errors) {
    INFO(line.english);
    CHECK(seen.insert(line.english).second);
    const auto holes = holes_of(line.english);
    CHECK(holes_of(line.text) == holes);
    CHECK(std::ranges::all_of(holes, &std::string::empty));
    CHECK(ui::has_chinese(line.text));
    // Each is found by what it makes.
    fmt::dynamic_format_arg_store<fmt::format_context> arguments;
    for (size_t i = 0; i < holes.size(); ++i) arguments.push_back(std::to_string(i + 11));
    const std::string english = fmt::vformat(line.english, arguments);
    const std::string chinese = fmt::vformat(line.text, arguments);
    CHECK(words::error_text(words::words(Language::chinese), english) == chinese);
    CHECK(words::error_text(words::words(Language::chinese), "[where] " + english) == chinese);
    CHECK(words::error_text(words::words(Language::english), english) == english);
    CHECK(words::error_text(words::words(Language::english), "[where] " + english) == english);
  }
}

TEST_CASE("words: errors that a visitor meets are said in Chinese") {
  const std::vector<std::string> errors = {
      bad_state(live::flow2d::read_state, "flow2d?width=999999"),
      bad_state(live::flow2d::read_state, "flow2d?width=9999999999"),
      bad_state(live::flow2d::read_state, "flow2d?width=wide"),
      bad_state(live::flow2d::read_state, "flow2d?rate=fast"),
      bad_state(live::flow2d::read_state, "flow2d?compare=2"),
      bad_state(live::flow2d::read_state, "flow2d?view=sideways"),
      bad_state(live::flow2d::read_state, "flow2d?target=square"),
      bad_state(live::flow2d::read_state, "flow2d?target=drawn"),
      bad_state(live::flow2d::read_state, "flow2d?method=none"),
      bad_state(live::flow2d::read_state, "flow2d?steps=3"),
      bad_state(live::flow2d::read_state, "flow2d?strokes=A"),
      bad_state(live::flow2d::read_state, "flow2d?nothing=1"),
      bad_state(live::flow2d::read_state, "flow2d?seed=1&seed=2"),
      bad_state(live::flow2d::read_state, "flow2d?seed"),
      bad_state(live::flow2d::read_state, "?"),
      bad_state(live::flow2d::read_state, "flow2d?seed=<b>"),
      bad_state(live::pictures::read_state, "pictures?method=reflow"),
      bad_state(live::pictures::read_state, "pictures?guidance=9"),
      bad_state(live::pictures::read_state, "pictures?labels=x.999"),
      bad_state(live::ddcm::read_state, "ddcm?bytes=17"),
      bad_state(live::ddcm::read_state, "ddcm?source=code"),
      bad_state(live::ddcm::read_state, "ddcm?target=drawn"),
      bad_state(live::ddcm::read_state, "ddcm?rho=1.1"),
      bad_state(live::tarflow2d::read_state, "tarflow2d?blocks=99"),
      bad_state(live::distill2d::read_state, "distill2d?left=0.3"),
      bad_state(live::distill2d::read_state, "distill2d?start=9"),
      bad_state(live::experts_balance::read_state, "experts-balance?n=1"),
      bad_state(live::experts_geometry::read_state, "experts-geometry?heads=1.2"),
      bad_state(live::experts_pictures::read_state, "experts-pictures?silenced=g"),
      bad_state(live::tarflow_pictures::read_state, "tarflow-pictures?temperature=9"),
      complaint([] { (void)io::decode_png({}); }),
      complaint([] { (void)io::parse_safetensors({}); }),
      complaint([] { (void)io::parse_safetensors(io::Bytes(5000, std::byte{255})); }),
      complaint([] { (void)io::SafeTensors().at("x"); }),
      complaint([] { (void)models::parse_uuid("550e"); }),
      complaint([] { (void)models::ddcm_of_text("DD"); }),
      complaint([] { (void)io::card_text({}, "side"); }),
      complaint([] { (void)io::read_file("/nowhere/at all"); }),
      "the server answered 404 for models/x.safetensors"};
  for (const std::string& error : errors) {
    INFO(error);
    REQUIRE(!error.empty());
    const std::string chinese = words::error_text(words::words(Language::chinese), error);
    INFO(chinese);
    CHECK(ui::has_chinese(chinese));
  }
}

TEST_CASE("words: names and values of the data") {
  const words::Words& chinese = words::words(Language::chinese);
  CHECK(words::attribute_text(chinese, "hair colour") == "发色");
  CHECK(words::value_text(chinese, "hair colour", "auburn") == "红棕");
  CHECK(words::value_text(chinese, "hair colour", "of a stranger's file") ==
        "of a stranger's file");
  CHECK(words::attribute_text(chinese, "of a stranger's file") == "of a stranger's file");
  CHECK(words::value_text(words::words(Language::english), "hair", "bob") == "bob");
}

TEST_CASE("words: what is neither Chinese nor in formulas is in the app's own face") {
  static constexpr ImWchar latin[] = {0x20,   0xFF,   0x391, 0x3C9,
                                      0x2010, 0x22FF, 0};  // as load_fonts has them
  ImFontAtlas atlas;
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  const auto face = ui::embedded::inter_regular();
  const ImFont* const font = atlas.AddFontFromMemoryTTF(
      const_cast<unsigned char*>(face.data()), static_cast<int>(face.size()), 16, &config, latin);
  REQUIRE(atlas.Build());
  for (const Language language : languages) {
    for (const char* line : lines_of(language)) {
      INFO(line);
      for (const char32_t sign : signs_of(line)) {
        const bool there = font->FindGlyphNoFallback(static_cast<ImWchar>(sign)) != nullptr;
        CHECK((there || sign >= 0x2E80));
      }
    }
  }
}

TEST_CASE("words: every character has a glyph") {
  std::string all;
  const words::Words& w = words::words(Language::chinese);
  for (const char* line : lines_of(Language::chinese)) all += line;
  for (const words::Phrase& phrase : w.phrases) all += phrase.text;
  for (const words::Value& value : w.values) all += value.text;
  for (const words::Translation& error : w.errors) all += error.text;

  static constexpr ImWchar ideographs[] = {0x3001, 0x301F, 0x4E00, 0x9FFF, 0xFF01, 0xFF5E, 0};
  ImFontAtlas atlas;
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  const auto face = ui::chinese_faces::notosanssc_regular();
  ImFont* const font =
      atlas.AddFontFromMemoryTTF(const_cast<unsigned char*>(face.data()),
                                 static_cast<int>(face.size()), 24, &config, ideographs);
  REQUIRE(atlas.Build());
  for (const char32_t sign : signs_of(all)) {
    if (sign < 0x2E80) continue;
    INFO(static_cast<unsigned>(sign));
    const ImFontGlyph* const glyph = font->FindGlyphNoFallback(static_cast<ImWchar>(sign));
    REQUIRE(glyph != nullptr);
    CHECK(glyph->Visible);
    CHECK(glyph->X1 > glyph->X0);
  }
}

TEST_CASE("words: every sign of a formula has a glyph") {
  ImGui::CreateContext();
  const ui::Fonts fonts = ui::load_fonts(1, {});
  using Node = words::Formula::Node;
  const std::function<void(const Node&)> check = [&](const Node& node) {
    for (const Node& part : node.parts) check(part);
    if (node.kind != Node::Kind::glyphs) return;
    const ImFont* const font = node.italic ? fonts.italic : fonts.roman;
    for (const char32_t sign : signs_of(node.text)) {
      INFO(static_cast<unsigned>(sign));
      CHECK(font->FindGlyphNoFallback(static_cast<ImWchar>(sign)) != nullptr);
    }
  };
  for (const char* source : formulas()) {
    INFO(source);
    const words::Formula formula(source);
    for (const Node& word : formula.words()) check(word);
  }
  ImGui::DestroyContext();
}

TEST_CASE("wrap: lines end between ideographs, not before their punctuation") {
  const auto advance = [](char32_t sign) { return sign >= 0x2E80 ? 2.0F : 1.0F; };
  CHECK(ui::wrapped("从噪声到数据", 6, advance) == "从噪声\n到数据");
  CHECK(ui::wrapped("从噪声，到数据", 6, advance) == "从噪\n声，到\n数据");
  CHECK(ui::wrapped("它（数据）", 6, advance) == "它（数\n据）");
  CHECK(ui::wrapped("训练 flow 模型", 9, advance) == "训练 flow\n模型");
  CHECK(ui::wrapped("a long word", 6, advance) == "a long\nword");
  CHECK(ui::wrapped("abcdefgh", 3, advance) == "abc\ndef\ngh");
  CHECK(ui::wrapped("一\n二三", 100, advance) == "一\n二三");
  CHECK(ui::wrapped("", 3, advance).empty());
  CHECK(ui::has_chinese("a，"));
  CHECK(!ui::has_chinese("Größe × 2 → “…”"));
}

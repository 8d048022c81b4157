#include "rivulet/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr size_t max_head = 65536;

struct Head {
  std::optional<std::string_view> type;
  std::optional<bool> columns_first;
  std::optional<std::vector<uint64_t>> extents;
};

/// Reads the literal {'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }.
class HeadReader {
 public:
  explicit HeadReader(std::string_view text) : text_(text) {}

  Head read() {
    Head head;
    expect('{');
    while (!take('}')) {
      const std::string_view key = word();
      expect(':');
      if (key == "descr" && !head.type) {
        head.type = word();
      } else if (key == "fortran_order" && !head.columns_first) {
        head.columns_first = truth();
      } else if (key == "shape" && !head.extents) {
        head.extents = tuple();
      } else {
        malformed();
      }
      if (take('}')) break;
      expect(',');
    }
    skip_blanks();
    if (at_ != text_.size()) malformed();
    return head;
  }

 private:
  [[noreturn]] void malformed() const {
    fail("npy", fmt::format("the head cannot be read from character {} on", at_));
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \n", at_), text_.size()); }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) malformed();
  }
  std::string_view word() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) malformed();
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
  }
  bool truth() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view name = value ? "True" : "False";
      if (text_.substr(at_).starts_with(name)) {
        at_ += name.size();
        return value;
      }
    }
    malformed();
  }
  std::vector<uint64_t> tuple() {
    std::vector<uint64_t> extents;
    expect('(');
    while (!take(')')) {
      uint64_t extent = 0;
      skip_blanks();
      const char* const first = text_.data() + at_;
      const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), extent);
      if (error != std::errc{}) malformed();
      at_ += static_cast<size_t>(end - first);
      extents.push_back(extent);
      if (take(')')) break;
      expect(',');
    }
    return extents;
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// A name of the file's choosing as part of a message.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, 32));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

/// '|u1', '<f4', '>i2', '|b1', ...
ValueType value_type(std::string_view name) {
  const std::string_view order = name.empty() ? name : name.substr(0, 1);
  const bool ordered = order.find_first_of("<>|=") == 0;
  const std::string_view rest = name.substr(ordered ? 1 : 0);
  using Kind = ValueType::Kind;
  struct Known {
    std::string_view name;
    Kind kind;
    size_t width;
  };
  constexpr std::array known{Known{"u1", Kind::whole, 1},        Known{"u2", Kind::whole, 2},
                             Known{"u4", Kind::whole, 4},        Known{"u8", Kind::whole, 8},
                             Known{"i1", Kind::signed_whole, 1}, Known{"i2", Kind::signed_whole, 2},
                             Known{"i4", Kind::signed_whole, 4}, Known{"i8", Kind::signed_whole, 8},
                             Known{"f2", Kind::real, 2},         Known{"f4", Kind::real, 4},
                             Known{"f8", Kind::real, 8},         Known{"b1", Kind::truth, 1}};
  const auto* const found = std::ranges::find(known, rest, &Known::name);
  if (found == known.end()) {
    fail("npy", fmt::format("values of type '{}', which are no numbers of 1, 2, 4 or 8 bytes",
                            shown(name)));
  }
  return {.kind = found->kind, .width = found->width, .big_endian = order == ">"};
}

}  // namespace

bool is_npy(std::span<const std::byte> file) {
  return file.size() >= magic.size() &&
         std::ranges::equal(file.first(magic.size()), std::as_bytes(std::span(magic)));
}

ByteArray parse_npy(std::span<const std::byte> file, Meaning meaning) {
  const std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
  if (!all.starts_with(magic) || all.size() < 10) fail("npy", "not an npy file");
  const auto version = std::to_integer<int>(file[6]);
  if (version < 1 || version > 3) {
    fail("npy", fmt::format("version {} (1 to 3 can be read)", version));
  }
  const size_t width = version == 1 ? 2 : 4;
  const size_t before = magic.size() + 2 + width;
  if (all.size() < before) fail("npy", "the file ends within its head");
  size_t length = 0;
  for (size_t i = 0; i < width; ++i) {
    length |= static_cast<size_t>(std::to_integer<uint32_t>(file[before - width + i]) << (8 * i));
  }
  if (length > max_head || length > all.size() - before) {
    fail("npy", fmt::format("a head of {} bytes in a file of {}", length, all.size()));
  }
  const Head head = HeadReader(all.substr(before, length)).read();
  if (!head.type || !head.columns_first || !head.extents) {
    fail("npy", "the head lacks descr, fortran_order or shape");
  }
  const ByteArray array = byte_array("npy", *head.extents, file.subspan(before + length),
                                     value_type(*head.type), meaning);
  return *head.columns_first ? rows_first(array) : array;
}

Bytes npy_bytes(const ByteArray& array) {
  std::string shape;
  for (const int64_t extent : array.shape.dims()) shape += fmt::format("{}, ", extent);
  if (array.shape.rank() > 1) shape.pop_back();
  if (!shape.empty()) shape.pop_back();
  std::string head =
      fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}), }}", shape);
  constexpr size_t before = 10;
  constexpr size_t alignment = 64;
  const size_t length = (before + head.size() + 1 + alignment - 1) / alignment * alignment - before;
  head.resize(length - 1, ' ');
  head += '\n';
  const std::string text = std::string(magic) + std::string{'\1', '\0'} +
                           static_cast<char>(length & 255U) + static_cast<char>(length >> 8) + head;
  const auto bytes = std::as_bytes(std::span(text));
  Bytes file(bytes.begin(), bytes.end());
  const auto values = std::as_bytes(std::span(array.values));
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

}  // namespace rivulet::io

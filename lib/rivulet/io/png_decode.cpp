// Reading PNG (ISO/IEC 15948): every checksum is compared, and what is told of transparency,
// palette and depth is honoured to the value.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/inflate.h"
#include "rivulet/io/png.h"

namespace rivulet::io {
namespace {

enum class Colour : uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgba = 6 };

struct Head {
  uint32_t width = 0;
  uint32_t height = 0;
  int depth = 8;  ///< bits of a sample
  Colour colour = Colour::rgb;
  bool interlaced = false;

  [[nodiscard]] int samples() const {
    switch (colour) {
      case Colour::grey:
      case Colour::palette:
        return 1;
      case Colour::grey_alpha:
        return 2;
      case Colour::rgb:
        return 3;
      case Colour::rgba:
        break;
    }
    return 4;
  }
  [[nodiscard]] bool has_alpha() const {
    return colour == Colour::grey_alpha || colour == Colour::rgba;
  }
  /// Of a row of so many pixels, packed.
  [[nodiscard]] size_t row_bytes(uint32_t pixels) const {
    return (size_t{pixels} * static_cast<size_t>(samples() * depth) + 7) / 8;
  }
};

/// What a file says, its checksums compared.
struct Chunks {
  Head head;
  std::vector<std::byte> palette;  // [n,3]
  std::optional<std::vector<std::byte>> transparency;
  Bytes data;
};

uint32_t big_endian(std::span<const std::byte> bytes, size_t count) {
  uint32_t value = 0;
  for (const std::byte byte : bytes.first(count)) {
    value = value << 8 | std::to_integer<uint32_t>(byte);
  }
  return value;
}

Head read_head(std::span<const std::byte> body, int max_side) {
  if (body.size() != 13) fail("png", fmt::format("a head of {} bytes in place of 13", body.size()));
  Head head{.width = big_endian(body, 4),
            .height = big_endian(body.subspan(4), 4),
            .depth = std::to_integer<int>(body[8]),
            .colour = static_cast<Colour>(body[9]),
            .interlaced = body[12] == std::byte{1}};
  const auto limit = static_cast<uint32_t>(std::clamp(max_side, 1, max_picture_side));
  if (head.width < 1 || head.height < 1 || head.width > limit || head.height > limit) {
    fail("png",
         fmt::format("a picture of {} x {} (1 to {} a side)", head.width, head.height, limit));
  }
  // Bit d of these: a depth of d is allowed.
  uint32_t depths = 0;
  switch (head.colour) {
    case Colour::grey:
      depths = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8 | 1U << 16;
      break;
    case Colour::palette:
      depths = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8;
      break;
    case Colour::rgb:
    case Colour::grey_alpha:
    case Colour::rgba:
      depths = 1U << 8 | 1U << 16;
      break;
  }
  if (head.depth > 16 || (depths >> head.depth & 1U) == 0) {
    fail("png", fmt::format("colours of type {} with {} bits, which there are not",
                            std::to_integer<int>(body[9]), head.depth));
  }
  if (body[10] != std::byte{0} || body[11] != std::byte{0} || body[12] > std::byte{1}) {
    fail("png", "packed, filtered or interlaced in a way that is not known");
  }
  return head;
}

/// A name of the file's choosing as part of a message.
std::string shown(std::span<const std::byte> name) {
  std::string text;
  for (const std::byte byte : name) {
    const auto c = std::to_integer<unsigned char>(byte);
    text += c >= ' ' && c <= '~' ? static_cast<char>(c) : '?';
  }
  return text;
}

/// The chunks one after another, each compared with its checksum.
class Reader {
 public:
  Reader(std::span<const std::byte> file, int max_side) : rest_(file), max_side_(max_side) {}

  Chunks read() {
    constexpr std::array<uint8_t, 8> signature{0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    if (rest_.size() < signature.size() ||
        !std::ranges::equal(rest_.first(signature.size()), std::as_bytes(std::span(signature)))) {
      fail("png", "not a PNG file");
    }
    rest_ = rest_.subspan(signature.size());
    while (next()) {
    }
    if (chunks_.data.empty()) fail("png", "there is no IDAT chunk, or only empty ones");
    if (chunks_.head.colour == Colour::palette && chunks_.palette.empty()) {
      fail("png", "there is no palette, and its colours are needed");
    }
    return std::move(chunks_);
  }

 private:
  static constexpr size_t around = 12;  // bytes of a chunk's length, name and checksum
  static constexpr uint32_t longest = 0x7fffffff;

  bool next() {
    if (rest_.size() < around) fail("png", "the file is cut off");
    const uint32_t length = big_endian(rest_, 4);
    const auto name = rest_.subspan(4, 4);
    if (length > longest || length > rest_.size() - around) {
      fail("png", fmt::format("the file is cut off: {} bytes of chunk {} of {}",
                              rest_.size() - around, shown(name), length));
    }
    const auto body = rest_.subspan(8, length);
    if (crc32(rest_.subspan(4, size_t{length} + 4)) !=
        big_endian(rest_.subspan(8 + size_t{length}), 4)) {
      fail("png",
           fmt::format("the file is damaged: chunk {} does not fit its checksum", shown(name)));
    }
    const std::string kind = shown(name);
    if (first_ != (kind == "IHDR"))
      fail("png", "the head is not the first chunk, and the only one");
    first_ = false;
    take(kind, body);
    rest_ = rest_.subspan(around + length);
    ended_data_ = ended_data_ || (!chunks_.data.empty() && kind != "IDAT");
    return kind != "IEND";
  }

  void take(const std::string& kind, std::span<const std::byte> body) {
    if (kind == "IHDR") {
      chunks_.head = read_head(body, max_side_);
    } else if (kind == "PLTE") {
      const bool wanted =
          chunks_.head.colour != Colour::grey && chunks_.head.colour != Colour::grey_alpha;
      const size_t most =
          chunks_.head.colour == Colour::palette ? size_t{1} << chunks_.head.depth : size_t{256};
      if (!wanted || !chunks_.palette.empty() || !chunks_.data.empty() || body.empty() ||
          body.size() % 3 != 0 || body.size() / 3 > most) {
        fail("png", fmt::format("a palette of {} bytes that cannot be there", body.size()));
      }
      chunks_.palette.assign(body.begin(), body.end());
    } else if (kind == "tRNS") {
      take_transparency(body);
    } else if (kind == "IDAT") {
      if (ended_data_) fail("png", "the IDAT chunks do not follow each other");
      chunks_.data.insert(chunks_.data.end(), body.begin(), body.end());
    } else if (kind == "IEND") {
      if (!body.empty()) fail("png", "the last chunk is not empty");
    } else if (kind[0] >= 'A' && kind[0] <= 'Z') {
      fail("png", fmt::format("chunk {}, without which it cannot be read, is not known", kind));
    }
  }

  void take_transparency(std::span<const std::byte> body) {
    const Head& head = chunks_.head;
    const size_t entries = chunks_.palette.size() / 3;
    const bool fits =
        head.colour == Colour::palette
            ? !body.empty() && body.size() <= entries
            : !head.has_alpha() && body.size() == static_cast<size_t>(2 * head.samples());
    if (!fits || chunks_.transparency || !chunks_.data.empty()) {
      fail("png", fmt::format("a transparency of {} bytes that cannot be there", body.size()));
    }
    chunks_.transparency.emplace(body.begin(), body.end());
  }

  std::span<const std::byte> rest_;
  int max_side_;
  Chunks chunks_;
  bool first_ = true;
  bool ended_data_ = false;
};

/// The pixels that one pass brings: every `step` from `first` on.
struct Pass {
  uint32_t first_x = 0;
  uint32_t first_y = 0;
  uint32_t step_x = 1;
  uint32_t step_y = 1;

  [[nodiscard]] uint32_t width(const Head& head) const {
    return (head.width + step_x - 1 - first_x) / step_x;
  }
  [[nodiscard]] uint32_t height(const Head& head) const {
    return (head.height + step_y - 1 - first_y) / step_y;
  }
  /// Bytes of its rows, each with its filter.
  [[nodiscard]] uint64_t bytes(const Head& head) const {
    const uint32_t columns = width(head);
    return columns == 0 ? 0 : uint64_t{height(head)} * (1 + head.row_bytes(columns));
  }
};

std::span<const Pass> passes_of(const Head& head) {
  static constexpr std::array<Pass, 1> whole{};
  static constexpr std::array<Pass, 7> adam7{{{0, 0, 8, 8},
                                              {4, 0, 8, 8},
                                              {0, 4, 4, 8},
                                              {2, 0, 4, 4},
                                              {0, 2, 2, 4},
                                              {1, 0, 2, 2},
                                              {0, 1, 1, 2}}};
  if (head.interlaced) return adam7;
  return whole;
}

/// Of the neighbours left, above, and above left, the one that is nearest to where they point.
uint8_t paeth(int left, int above, int corner) {
  const int guess = left + above - corner;
  const int by_left = std::abs(guess - left);
  const int by_above = std::abs(guess - above);
  const int by_corner = std::abs(guess - corner);
  if (by_left <= by_above && by_left <= by_corner) return static_cast<uint8_t>(left);
  return static_cast<uint8_t>(by_above <= by_corner ? above : corner);
}

/// Takes a row's filter back, in place. `above`: the row before, or empty.
void unfilter(uint32_t filter, std::span<std::byte> row, std::span<const std::byte> above,
              size_t pixel) {
  if (filter > 4) fail("png", fmt::format("a row is filtered in way {}, of 0 to 4", filter));
  const auto value = [](std::span<const std::byte> from, size_t i, size_t back) {
    return from.empty() || i < back ? 0 : std::to_integer<int>(from[i - back]);
  };
  for (size_t i = 0; filter != 0 && i < row.size(); ++i) {
    const int left = value(row, i, pixel);
    const int up = value(above, i, 0);
    int guess = 0;
    if (filter == 1) guess = left;
    if (filter == 2) guess = up;
    if (filter == 3) guess = (left + up) / 2;
    if (filter == 4) guess = paeth(left, up, value(above, i, pixel));
    row[i] = static_cast<std::byte>(std::to_integer<int>(row[i]) + guess);
  }
}

/// The samples of rows as 8 bits, in as many channels as the file asks for.
class Painter {
 public:
  explicit Painter(const Chunks& chunks)
      : chunks_(chunks),
        colourful_(chunks.head.colour != Colour::grey && chunks.head.colour != Colour::grey_alpha),
        alpha_(chunks.head.has_alpha() || chunks.transparency.has_value()) {}

  [[nodiscard]] int channels() const { return alpha_ ? 4 : colourful_ ? 3 : 1; }

  void paint(std::span<const std::byte> row, size_t pixel, std::span<uint8_t> out) const {
    const auto count = static_cast<size_t>(chunks_.head.samples());
    std::array<uint32_t, 4> samples{};
    for (size_t i = 0; i < count; ++i) samples[i] = sample(row, pixel * count + i);
    if (chunks_.head.colour == Colour::palette) {
      paint_palette(samples[0], out);
      return;
    }
    const size_t colours = colourful_ ? 3 : 1;
    for (size_t c = 0; c < std::min<size_t>(out.size(), 3); ++c) {
      out[c] = eight_bits(samples[colourful_ ? c : 0]);
    }
    if (!alpha_) return;
    if (chunks_.transparency) {  // one colour is clear, compared at the depth of the file
      bool clear = true;
      for (size_t c = 0; c < colours; ++c) {
        const std::span<const std::byte> key = *chunks_.transparency;
        clear = clear && samples[c] == (big_endian(key.subspan(2 * c), 2) & largest());
      }
      out[3] = clear ? 0 : 255;
    } else {
      out[3] = eight_bits(samples[colours]);
    }
  }

 private:
  [[nodiscard]] uint32_t largest() const { return (1U << chunks_.head.depth) - 1; }

  [[nodiscard]] uint32_t sample(std::span<const std::byte> row, size_t i) const {
    const int depth = chunks_.head.depth;
    if (depth == 16) return big_endian(row.subspan(2 * i), 2);
    const size_t bit = i * static_cast<size_t>(depth);
    const auto byte = std::to_integer<uint32_t>(row[bit / 8]);
    return byte >> (8 - depth - static_cast<int>(bit % 8)) & largest();
  }
  /// The nearest of 256 levels.
  [[nodiscard]] uint8_t eight_bits(uint32_t sample) const {
    return static_cast<uint8_t>((sample * 255 + largest() / 2) / largest());
  }
  void paint_palette(uint32_t index, std::span<uint8_t> out) const {
    const size_t entries = chunks_.palette.size() / 3;
    if (index >= entries) {
      fail("png", fmt::format("a pixel has colour {}, and the palette has {}", index, entries));
    }
    for (size_t c = 0; c < 3; ++c) {
      out[c] = std::to_integer<uint8_t>(chunks_.palette[3 * index + c]);
    }
    if (!alpha_) return;
    const auto& clear = *chunks_.transparency;
    out[3] = index < clear.size() ? std::to_integer<uint8_t>(clear[index]) : uint8_t{255};
  }

  const Chunks& chunks_;
  bool colourful_;
  bool alpha_;
};

/// Rows of one pass become pixels of the picture.
void paint_pass(const Head& head, const Pass& pass, const Painter& painter,
                std::span<std::byte> rows, Image& image) {
  const size_t row_bytes = head.row_bytes(pass.width(head));
  const size_t pixel_bytes =
      std::max<size_t>(1, static_cast<size_t>(head.samples() * head.depth) / 8);
  const auto channels = static_cast<size_t>(image.channels);
  std::span<const std::byte> above;
  for (uint32_t y = 0; y < pass.height(head); ++y) {
    const auto filter = std::to_integer<uint32_t>(rows[0]);
    const std::span<std::byte> row = rows.subspan(1, row_bytes);
    unfilter(filter, row, above, pixel_bytes);
    for (uint32_t x = 0; x < pass.width(head); ++x) {
      const size_t to = size_t{pass.first_y + y * pass.step_y} * head.width + pass.first_x +
                        size_t{x} * pass.step_x;
      painter.paint(row, x, std::span(image.pixels).subspan(to * channels, channels));
    }
    above = row;
    rows = rows.subspan(1 + row_bytes);
  }
}

/// In the channels that were asked for: grey is luminance; alpha that is not wanted lies on white.
Image converted(Image image, int channels) {
  if (channels == 0 || channels == image.channels) return image;
  const auto from = static_cast<size_t>(image.channels);
  const auto to = static_cast<size_t>(channels);
  const size_t count = image.pixels.size() / from;
  std::vector<uint8_t> pixels(count * to);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* in = image.pixels.data() + i * from;
    const int alpha = from == 4 ? in[3] : 255;
    std::array<int, 3> colour{};
    for (size_t c = 0; c < 3; ++c) {
      const int value = in[from == 1 ? 0 : c];
      colour[c] = to == 4 ? value : (value * alpha + 255 * (255 - alpha) + 127) / 255;
    }
    uint8_t* out = pixels.data() + i * to;
    if (to == 1) {
      out[0] = static_cast<uint8_t>((77 * colour[0] + 150 * colour[1] + 29 * colour[2] + 128) >> 8);
      continue;
    }
    for (size_t c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(colour[c]);
    if (to == 4) out[3] = static_cast<uint8_t>(alpha);
  }
  image.channels = channels;
  image.pixels = std::move(pixels);
  return image;
}

}  // namespace

Image decode_png(std::span<const std::byte> file, int channels, int max_side) {
  if (channels != 0 && channels != 1 && channels != 3 && channels != 4) {
    fail("png", fmt::format("{} channels asked for (1, 3, 4, or 0 for the file's own)", channels));
  }
  const Chunks chunks = Reader(file, max_side).read();
  const Head& head = chunks.head;
  uint64_t size = 0;
  for (const Pass& pass : passes_of(head)) size += pass.bytes(head);
  Bytes rows = unzlib(chunks.data, size);
  const Painter painter(chunks);
  Image image{.width = static_cast<int>(head.width),
              .height = static_cast<int>(head.height),
              .channels = painter.channels(),
              .pixels = {}};
  image.pixels.resize(size_t{head.width} * head.height * static_cast<size_t>(image.channels));
  std::span<std::byte> rest = rows;
  for (const Pass& pass : passes_of(head)) {
    const auto bytes = static_cast<size_t>(pass.bytes(head));
    if (bytes > 0) paint_pass(head, pass, painter, rest.first(bytes), image);
    rest = rest.subspan(bytes);
  }
  return converted(std::move(image), channels);
}

}  // namespace rivulet::io

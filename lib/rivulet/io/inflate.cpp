#include "rivulet/io/inflate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"

namespace rivulet::io {
namespace {

constexpr size_t end_of_block = 256;
constexpr int longest_code = 15;

[[noreturn]] void damaged(const char* what) {
  fail("deflate", fmt::format("the packed data are damaged: {}", what));
}

/// The bits of the stream, the least significant of each byte first.
class Bits {
 public:
  explicit Bits(std::span<const std::byte> from) : from_(from) {}

  /// The next ones without taking them; zeros stand for those beyond the end.
  uint32_t peek(int count) {
    if (held_ < count) fill();
    return static_cast<uint32_t>(buffer_ & ((uint64_t{1} << count) - 1));
  }
  void drop(int count) {
    if (count > held_) fill();
    if (count > held_) damaged("they are cut off");
    buffer_ >>= count;
    held_ -= count;
  }
  uint32_t take(int count) {
    const uint32_t bits = peek(count);
    drop(count);
    return bits;
  }
  void to_whole_byte() { drop(held_ % 8); }
  [[nodiscard]] size_t used() const { return at_ - static_cast<size_t>(held_ / 8); }

 private:
  void fill() {
    for (; held_ <= 56 && at_ < from_.size(); held_ += 8) {
      buffer_ |= std::to_integer<uint64_t>(from_[at_++]) << held_;
    }
  }

  std::span<const std::byte> from_;
  size_t at_ = 0;
  uint64_t buffer_ = 0;
  int held_ = 0;
};

/// A canonical prefix code: short words by a table, long ones bit by bit.
class Code {
 public:
  enum class Gaps : uint8_t { none, of_one_word };

  /// By the length of each symbol's word, 0 where it has none. A code that leaves words unused is
  /// damaged, but for one of a single word of one bit, where that is allowed.
  Code(std::span<const uint8_t> lengths, Gaps gaps) {
    for (const uint8_t length : lengths) ++counts_[length];
    counts_[0] = 0;
    int32_t left = 1;
    int longest = 0;
    std::array<uint16_t, longest_code + 2> next{};
    std::array<uint16_t, longest_code + 2> place{};
    for (size_t length = 1; length <= longest_code; ++length) {
      left = 2 * left - counts_[length];
      if (left < 0) damaged("more code words than there can be");
      if (counts_[length] > 0) longest = static_cast<int>(length);
      next[length + 1] = static_cast<uint16_t>((next[length] + counts_[length]) << 1);
      place[length + 1] = static_cast<uint16_t>(place[length] + counts_[length]);
    }
    if (left > 0 && (gaps == Gaps::none || longest > 1)) damaged("code words are missing");
    for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      const size_t length = lengths[symbol];
      if (length == 0) continue;
      symbols_[place[length]++] = static_cast<uint16_t>(symbol);
      const uint32_t word = next[length]++;
      if (length > fast_bits) continue;
      uint32_t reversed = 0;
      for (size_t bit = 0; bit < length; ++bit) {
        reversed |= (word >> bit & 1U) << (length - 1 - bit);
      }
      for (size_t i = reversed; i < fast_.size(); i += size_t{1} << length) {
        fast_[i] = static_cast<uint16_t>(symbol << 4 | length);
      }
    }
  }

  size_t read(Bits& in) const {
    if (const uint16_t found = fast_[in.peek(fast_bits)]; found != 0) {
      in.drop(found & 15);
      return found >> 4;
    }
    const uint32_t bits = in.peek(longest_code);
    int32_t code = 0;
    int32_t first = 0;
    int32_t index = 0;
    for (int length = 1; length <= longest_code; ++length) {
      code |= static_cast<int32_t>(bits >> (length - 1) & 1U);
      const int32_t count = counts_[static_cast<size_t>(length)];
      if (code - first < count) {
        in.drop(length);
        return symbols_[static_cast<size_t>(index + code - first)];
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    damaged("a word that is not of the code");
  }

 private:
  static constexpr int fast_bits = 10;

  std::array<uint16_t, 1 << fast_bits> fast_{};  // symbol and length; 0: a long word, or none
  std::array<uint16_t, longest_code + 1> counts_{};
  std::array<uint16_t, 288> symbols_{};
};

struct Codes {
  Code literals;
  Code distances;
};

const Codes& fixed_codes() {
  static const Codes codes = [] {
    std::array<uint8_t, 288> literals{};
    std::fill(literals.begin(), literals.begin() + 144, uint8_t{8});
    std::fill(literals.begin() + 144, literals.begin() + 256, uint8_t{9});
    std::fill(literals.begin() + 256, literals.begin() + 280, uint8_t{7});
    std::fill(literals.begin() + 280, literals.end(), uint8_t{8});
    std::array<uint8_t, 32> distances{};
    distances.fill(5);
    return Codes{Code(literals, Code::Gaps::none), Code(distances, Code::Gaps::none)};
  }();
  return codes;
}

Codes read_codes(Bits& in) {
  const size_t literals = in.take(5) + 257;
  const size_t distances = in.take(5) + 1;
  const size_t words = in.take(4) + 4;
  if (literals > 286 || distances > 30) damaged("codes of too many symbols");
  constexpr std::array<uint8_t, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                          11, 4,  12, 3, 13, 2, 14, 1, 15};
  std::array<uint8_t, 19> word_lengths{};
  for (size_t i = 0; i < words; ++i) word_lengths[order[i]] = static_cast<uint8_t>(in.take(3));
  const Code code(word_lengths, Code::Gaps::none);
  std::array<uint8_t, 286 + 30> lengths{};
  const size_t count = literals + distances;
  for (size_t i = 0; i < count;) {
    const size_t symbol = code.read(in);
    if (symbol < 16) {
      lengths[i++] = static_cast<uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0) damaged("a length is repeated before there is one");
    const uint8_t value = symbol == 16 ? lengths[i - 1] : uint8_t{0};
    const size_t times = symbol == 16   ? 3 + in.take(2)
                         : symbol == 17 ? 3 + in.take(3)
                                        : 11 + in.take(7);
    if (times > count - i) damaged("more lengths than symbols");
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(i), times, value);
    i += times;
  }
  if (lengths[end_of_block] == 0) damaged("a block cannot end");
  const std::span<const uint8_t> all = lengths;
  return {Code(all.first(literals), Code::Gaps::of_one_word),
          Code(all.subspan(literals, distances), Code::Gaps::of_one_word)};
}

/// What is unpacked, up to a limit.
class Unpacked {
 public:
  explicit Unpacked(uint64_t most) : most_(most) {}

  void add(std::byte value) {
    room(1);
    bytes_.push_back(value);
  }
  void repeat(size_t length, size_t distance) {
    if (distance > bytes_.size()) damaged("a distance beyond the beginning");
    room(length);
    const size_t from = bytes_.size() - distance;
    for (size_t i = 0; i < length; ++i) bytes_.push_back(bytes_[from + i]);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  void room(size_t count) const {
    if (count > most_ - bytes_.size()) {
      fail("deflate", fmt::format("the packed data hold more than {} bytes", most_));
    }
  }

  Bytes bytes_;
  uint64_t most_;
};

void stored_block(Bits& in, Unpacked& out) {
  in.to_whole_byte();
  const uint32_t length = in.take(16);
  if (in.take(16) != (length ^ 0xffffU)) damaged("a block's length does not fit its complement");
  for (uint32_t i = 0; i < length; ++i) out.add(static_cast<std::byte>(in.take(8)));
}

void coded_block(Bits& in, Unpacked& out, const Codes& codes) {
  // Of the symbols from 257 on: the shortest length, and how many bits are added; of distances too.
  constexpr std::array<uint16_t, 29> lengths{3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                             15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                             67, 83, 99, 115, 131, 163, 195, 227, 258};
  constexpr std::array<uint8_t, 29> length_bits{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  constexpr std::array<uint16_t, 30> distances{
      1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
      193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  for (;;) {
    const size_t symbol = codes.literals.read(in);
    if (symbol < end_of_block) {
      out.add(static_cast<std::byte>(symbol));
      continue;
    }
    if (symbol == end_of_block) return;
    const size_t which = symbol - end_of_block - 1;
    if (which >= lengths.size()) damaged("a length that is none");
    const size_t length = lengths[which] + in.take(length_bits[which]);
    const size_t far = codes.distances.read(in);
    if (far >= distances.size()) damaged("a distance that is none");
    const int more = far < 2 ? 0 : static_cast<int>(far / 2) - 1;
    out.repeat(length, distances[far] + in.take(more));
  }
}

}  // namespace

Inflated inflate(std::span<const std::byte> packed, uint64_t max_bytes) {
  Bits in(packed);
  Unpacked out(max_bytes);
  for (bool last = false; !last;) {
    last = in.take(1) == 1;
    switch (in.take(2)) {
      case 0:
        stored_block(in, out);
        break;
      case 1:
        coded_block(in, out, fixed_codes());
        break;
      case 2:
        coded_block(in, out, read_codes(in));
        break;
      default:
        damaged("a block of a kind that there is not");
    }
  }
  return {.bytes = out.take(), .used = in.used()};
}

Bytes unzlib(std::span<const std::byte> packed, uint64_t size) {
  constexpr size_t head = 2;
  constexpr size_t checksum = 4;
  if (packed.size() < head + checksum) damaged("they are cut off");
  const auto method = std::to_integer<uint32_t>(packed[0]);
  const auto flags = std::to_integer<uint32_t>(packed[1]);
  if ((method & 15U) != 8 || method >> 4 > 7 || (method << 8 | flags) % 31 != 0 ||
      (flags & 32U) != 0) {
    damaged("they do not begin as zlib's do");
  }
  Inflated found = inflate(packed.subspan(head), size);
  if (found.bytes.size() != size) {
    fail("deflate",
         fmt::format("the packed data hold {} bytes in place of {}", found.bytes.size(), size));
  }
  const auto end = packed.subspan(head + found.used);
  if (end.size() != checksum) {
    damaged(end.size() < checksum ? "they are cut off" : "more follows their end");
  }
  uint32_t told = 0;
  for (const std::byte byte : end) told = told << 8 | std::to_integer<uint32_t>(byte);
  if (told != adler32(found.bytes)) damaged("they do not fit their checksum");
  return std::move(found.bytes);
}

}  // namespace rivulet::io

#include "rivulet/io/deflate.h"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

constexpr size_t most_bytes = 65535;
constexpr size_t window = 32768;
constexpr size_t least_match = 3;
constexpr size_t longest_match = 258;
constexpr size_t end_of_block = 256;

/// A literal (length 1) or a repetition.
struct Token {
  size_t length = 1;
  size_t distance = 0;
};

Token longest_at(std::span<const uint8_t> bytes, size_t at) {
  Token best;
  const size_t room = std::min(longest_match, bytes.size() - at);
  for (size_t distance = 1; distance <= std::min(at, window); ++distance) {
    size_t length = 0;
    while (length < room && bytes[at + length] == bytes[at + length - distance]) ++length;
    if (length >= least_match && length > best.length) best = {length, distance};
  }
  return best;
}

std::vector<Token> tokens_of(std::span<const uint8_t> bytes) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < bytes.size(); at += tokens.back().length) {
    Token here = longest_at(bytes, at);
    if (here.distance > 0 && at + 1 < bytes.size() &&
        longest_at(bytes, at + 1).length > here.length) {
      here = {};
    }
    tokens.push_back(here);
  }
  return tokens;
}

/// The code for a number from `least` on, where codes beyond the first `plain` ones stand for
/// ranges that double every `step` codes: deflate's tables of lengths and distances.
struct Ranged {
  size_t code = 0;
  size_t extra_bits = 0;
};

Ranged ranged(size_t offset, size_t plain, size_t step) {
  Ranged out{.code = offset};
  if (offset < plain) return out;
  size_t first = plain;
  out.code = plain;
  for (out.extra_bits = 1;; ++out.extra_bits) {
    for (size_t i = 0; i < step; ++i, ++out.code, first += size_t{1} << out.extra_bits) {
      if (offset < first + (size_t{1} << out.extra_bits)) return out;
    }
  }
}

Ranged length_code(size_t length) {
  if (length == longest_match) return {.code = 285 - 257};
  return ranged(length - least_match, 8, 4);
}
Ranged distance_code(size_t distance) { return ranged(distance - 1, 4, 2); }

/// Huffman's code lengths; 0 for what does not occur.
std::vector<size_t> code_lengths(std::span<const size_t> counts) {
  std::vector<size_t> lengths(counts.size());
  struct Tree {
    size_t count;
    std::vector<size_t> symbols;
    bool operator>(const Tree& other) const { return count > other.count; }
  };
  std::priority_queue<Tree, std::vector<Tree>, std::greater<>> trees;
  for (size_t symbol = 0; symbol < counts.size(); ++symbol) {
    if (counts[symbol] > 0) trees.push({counts[symbol], {symbol}});
  }
  if (trees.size() == 1) lengths[trees.top().symbols[0]] = 1;
  while (trees.size() > 1) {
    Tree a = trees.top();
    trees.pop();
    const Tree b = trees.top();
    trees.pop();
    a.count += b.count;
    a.symbols.insert(a.symbols.end(), b.symbols.begin(), b.symbols.end());
    for (const size_t symbol : a.symbols) ++lengths[symbol];
    trees.push(std::move(a));
  }
  return lengths;
}

size_t weighed(std::span<const size_t> counts, std::span<const size_t> lengths) {
  size_t bits = 0;
  for (size_t i = 0; i < counts.size(); ++i) bits += counts[i] * lengths[i];
  return bits;
}

size_t used(std::span<const size_t> lengths, size_t least) {
  size_t count = lengths.size();
  while (count > least && lengths[count - 1] == 0) --count;
  return count;
}

/// Bits that tell the lengths of both codes: runs of zeros and of repeated lengths are shortened.
size_t table_bits(std::span<const size_t> literals, std::span<const size_t> distances) {
  constexpr std::array<size_t, 19> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                            11, 4,  12, 3, 13, 2, 14, 1, 15};
  std::vector<size_t> all(literals.begin(),
                          literals.begin() + static_cast<std::ptrdiff_t>(used(literals, 257)));
  all.insert(all.end(), distances.begin(),
             distances.begin() + static_cast<std::ptrdiff_t>(used(distances, 1)));
  std::array<size_t, 19> counts{};
  size_t extra = 0;
  for (size_t at = 0; at < all.size();) {
    size_t run = 1;
    while (at + run < all.size() && all[at + run] == all[at]) ++run;
    const size_t length = std::min(all[at], size_t{15});
    if (length == 0 && run >= 3) {
      run = std::min(run, size_t{138});
      ++counts[run <= 10 ? 17 : 18];
      extra += run <= 10 ? 3 : 7;
    } else if (length != 0 && run >= 4) {
      run = std::min(run, size_t{7});
      ++counts[length];
      ++counts[16];
      extra += 2;
    } else {
      run = 1;
      ++counts[length];
    }
    at += run;
  }
  const std::vector<size_t> lengths = code_lengths(counts);
  size_t told = order.size();
  while (told > 4 && lengths[order[told - 1]] == 0) --told;
  return 14 + 3 * told + extra + weighed(counts, lengths);
}

}  // namespace

size_t deflated_size(std::span<const uint8_t> bytes) {
  if (bytes.size() > most_bytes) {
    fail("deflate", std::to_string(bytes.size()) + " bytes are too many");
  }
  std::array<size_t, 286> literals{};
  std::array<size_t, 30> distances{};
  size_t extra = 0;
  size_t at = 0;
  for (const Token& token : tokens_of(bytes)) {
    if (token.distance == 0) {
      ++literals[bytes[at]];
    } else {
      const Ranged length = length_code(token.length);
      const Ranged distance = distance_code(token.distance);
      ++literals[257 + length.code];
      ++distances[distance.code];
      extra += length.extra_bits + distance.extra_bits;
    }
    at += token.length;
  }
  literals[end_of_block] = 1;
  size_t fixed = 3 + extra;
  for (size_t i = 0; i < literals.size(); ++i) {
    fixed += literals[i] * (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  }
  for (const size_t count : distances) fixed += 5 * count;
  const std::vector<size_t> literal_lengths = code_lengths(literals);
  const std::vector<size_t> distance_lengths = code_lengths(distances);
  const size_t own = 3 + extra + table_bits(literal_lengths, distance_lengths) +
                     weighed(literals, literal_lengths) + weighed(distances, distance_lengths);
  return std::min({5 + bytes.size(), (fixed + 7) / 8, (own + 7) / 8});
}

}  // namespace rivulet::io

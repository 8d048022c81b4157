#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "byte_files.h"
#include "rivulet/core/random.h"
#include "rivulet/io/bit_stream.h"
#include "rivulet/io/combination.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/natural.h"

using namespace rivulet;
using namespace rivulet::io;
using test::refusal;

namespace {

/// m of n, ascending.
std::vector<uint32_t> any_of(Rng& rng, int64_t n, int64_t m) {
  std::vector<uint32_t> chosen;
  while (static_cast<int64_t>(chosen.size()) < m) {
    const uint32_t c = rng.below(static_cast<uint32_t>(n));
    if (std::ranges::find(chosen, c) == chosen.end()) chosen.push_back(c);
  }
  std::ranges::sort(chosen);
  return chosen;
}

std::vector<uint32_t> read_back(const Bytes& bytes, int64_t n, int64_t m) {
  std::vector<uint32_t> chosen(static_cast<size_t>(m));
  BitReader in(bytes);
  read_combination(in, n, chosen);
  in.finish();
  return chosen;
}

}  // namespace

TEST_CASE("bit streams: the most significant bit first, filled with zeros") {
  BitWriter out;
  out.write(0b101, 3);
  out.write(0, 0);
  out.write(0x12345678, 32);
  out.write(1, 1);
  CHECK(out.written() == 36);
  CHECK(out.bytes() ==
        Bytes{std::byte{0xa2}, std::byte{0x46}, std::byte{0x8a}, std::byte{0xcf}, std::byte{0x10}});
  BitReader in(out.bytes());
  CHECK(in.read(3) == 0b101);
  CHECK(in.read(32) == 0x12345678);
  CHECK(in.read(1) == 1);
  in.finish();
  CHECK(refusal([&] { (void)in.read(5); }).find("40 bits end") != std::string::npos);
}

TEST_CASE("bit streams: what is left over is refused") {
  const Bytes bytes{std::byte{0xf0}, std::byte{0x01}};
  BitReader in(bytes);
  (void)in.read(8);
  CHECK_FALSE(refusal([&] { in.finish(); }).empty());  // a whole byte more
  (void)in.read(4);
  CHECK_FALSE(refusal([&] { in.finish(); }).empty());  // bits that are not zeros
  (void)in.read(4);
  in.finish();
}

TEST_CASE("CRC-16 and CRC-32: their check values, and in parts") {
  const Bytes digits = test::bytes_of("123456789");
  CHECK(crc16(digits) == 0x29b1);
  CHECK(crc32(digits) == 0xcbf43926);
  const auto all = std::span<const std::byte>(digits);
  CHECK(crc16(all.subspan(4), crc16(all.first(4))) == 0x29b1);
  CHECK(crc32(all.subspan(4), crc32(all.first(4))) == 0xcbf43926);
}

TEST_CASE("whole numbers of any size: arithmetic undoes itself") {
  Natural factorial(1);
  for (uint32_t i = 1; i <= 200; ++i) factorial *= i;
  CHECK(factorial.bits() == 1246);  // log2 200! = 1245.38
  CHECK(factorial.log2() == doctest::Approx(std::lgamma(201.0) / std::log(2.0)));
  const Natural once = factorial;
  factorial += Natural(12345678901234ULL);
  CHECK(factorial > once);
  factorial -= Natural(12345678901234ULL);
  CHECK(factorial == once);
  Natural three(1);
  three += Natural(2);
  CHECK(three == Natural(3));
  CHECK(three < Natural(4));
  three -= Natural(3);
  CHECK(three == Natural(0));
  BitWriter out;
  out.write(1, 1);
  factorial.write(out, 1246);
  BitReader in(out.bytes());
  CHECK(in.read(1) == 1);
  CHECK(Natural::read(in, 1246) == once);
  for (uint32_t i = 200; i >= 1; --i) CHECK(factorial.divide(i) == 0);
  CHECK(factorial == Natural(1));
  CHECK(factorial.divide(7) == 1);
  CHECK(factorial == Natural(0));
  CHECK(factorial.bits() == 0);
}

TEST_CASE("combinations: bits are those of the binomial coefficient") {
  CHECK(combination_bits(0, 0) == 0);
  CHECK(combination_bits(5, 5) == 0);
  CHECK(combination_bits(5, 2) == 4);   // 10
  CHECK(combination_bits(16, 1) == 4);  // a power of two takes no bit more
  CHECK(combination_bits(17, 1) == 5);
  CHECK(combination_bits(256, 3) == 22);    // 2763520
  CHECK(combination_bits(52, 5) == 22);     // 2598960
  CHECK(combination_bits(128, 64) == 125);  // 2.395e37 = 2^124.17
  for (const int64_t n : {100, 4096, 65536}) {
    for (const int64_t m : {2, 31, 64}) {
      CAPTURE(n);
      CAPTURE(m);
      const auto a = static_cast<double>(n);
      const auto b = static_cast<double>(m);
      const double bits =
          (std::lgamma(a + 1) - std::lgamma(b + 1) - std::lgamma(a - b + 1)) / std::log(2.0);
      CHECK(combination_bits(n, m) == static_cast<int64_t>(std::ceil(bits)));
    }
  }
}

TEST_CASE("combinations: each of 4 in 9 has its own number, and all numbers are used") {
  const int64_t bits = combination_bits(9, 4);  // 126: 7 bits
  REQUIRE(bits == 7);
  std::vector<uint32_t> previous;
  for (uint32_t rank = 0; rank < 128; ++rank) {
    BitWriter written;
    written.write(rank, 7);
    if (rank >= 126) {
      CHECK(refusal([&] { (void)read_back(written.bytes(), 9, 4); }).find("beyond") !=
            std::string::npos);
      continue;
    }
    const auto chosen = read_back(written.bytes(), 9, 4);
    CHECK(std::ranges::adjacent_find(chosen, std::greater_equal{}) == chosen.end());
    CHECK(chosen.back() < 9);
    // Colexicographic order: larger numbers have the larger last member that differs.
    CHECK((previous.empty() || std::lexicographical_compare(previous.rbegin(), previous.rend(),
                                                            chosen.rbegin(), chosen.rend())));
    previous = chosen;
    BitWriter again;
    write_combination(again, 9, chosen);
    CHECK(again.bytes() == written.bytes());
  }
}

TEST_CASE("combinations: round trips of any size") {
  Rng rng(5);
  for (const int64_t n : {1, 2, 7, 64, 65, 256, 1000, 65536}) {
    for (const int64_t m : {1, 2, 3, 8, 33, 64}) {
      if (m > n) continue;
      CAPTURE(n);
      CAPTURE(m);
      std::vector<std::vector<uint32_t>> cases;
      for (int i = 0; i < 3 && 2 * m <= n; ++i) cases.push_back(any_of(rng, n, m));
      std::vector<uint32_t> edge(static_cast<size_t>(m));
      for (size_t i = 0; i < edge.size(); ++i) edge[i] = static_cast<uint32_t>(i);
      cases.push_back(edge);  // the first
      for (uint32_t& c : edge) c += static_cast<uint32_t>(n - m);
      cases.push_back(edge);  // the last
      edge[0] = 0;
      cases.push_back(edge);  // far apart
      for (const auto& chosen : cases) {
        BitWriter out;
        write_combination(out, n, chosen);
        CHECK(out.written() == combination_bits(n, m));
        CHECK(read_back(out.bytes(), n, m) == chosen);
      }
    }
  }
}

TEST_CASE("combinations: what is none is refused") {
  BitWriter out;
  const auto write = [&out](int64_t n, std::vector<uint32_t> chosen) {
    return refusal([&] { write_combination(out, n, chosen); });
  };
  CHECK(write(9, {1, 1}) == "[combination] 1 follows 1 of 9 things");
  CHECK(write(9, {3, 1}) == "[combination] 1 follows 3 of 9 things");
  CHECK(write(9, {3, 9}) == "[combination] 9 follows 3 of 9 things");
  CHECK_FALSE(write(2, {0, 1, 2}).empty());
  CHECK_FALSE(refusal([] { (void)combination_bits(65537, 1); }).empty());
  CHECK_FALSE(refusal([] { (void)combination_bits(100, 65); }).empty());
  CHECK_FALSE(refusal([] { (void)combination_bits(3, -1); }).empty());
}

#include "rivulet/models/ddcm_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "byte_files.h"
#include "random_model.h"
#include "rivulet/core/random.h"
#include "rivulet/io/combination.h"
#include "rivulet/io/crc.h"

using namespace rivulet;
using namespace rivulet::models;
using test::refusal;

namespace {

const DdcmModel labelled{.hash = 0xabcd1234, .classes = {7, 2, 255}};
const DdcmModel unlabelled{.hash = 0xabcd1234, .classes = {}};

int below(Rng& rng, int n) { return static_cast<int>(rng.below(static_cast<uint32_t>(n))); }

/// Settings of any kind, small enough for thousands of them.
DdcmSettings any_settings(Rng& rng) {
  DdcmSettings settings{.form = static_cast<CodeForm>(below(rng, 3)),
                        .codebook = static_cast<CodebookKind>(below(rng, 4)),
                        .codes = 1 + below(rng, 40),
                        .bits = 1 + below(rng, 16),
                        .tail = below(rng, 256),
                        .rho = 1 + 0.25F * static_cast<float>(below(rng, 13)),
                        .noise = static_cast<float>(1 + below(rng, 16)) / 16,
                        .snap = below(rng, 2) == 1,
                        .seed = below(rng, 2) == 1 ? rng.bits() | 1U : 0};
  const int most = settings.form == CodeForm::turbo ? 64 : 16;
  if (settings.form != CodeForm::single) {
    settings.atoms = 1 + below(rng, static_cast<int>(std::min<int64_t>(most, settings.size())));
  }
  if (settings.form == CodeForm::pursuit) settings.coefficient_bits = 1 + below(rng, 8);
  return settings;
}

DdcmFile any_file(Rng& rng) {
  const DdcmSettings settings = any_settings(rng);
  DdcmFile file{.settings = settings, .code = random_code(settings, rng.bits())};
  if (below(rng, 2) == 1) {
    for (const int values : labelled.classes) file.labels.push_back(below(rng, values + 1));
  }
  return file;
}

DdcmFile small_file() {
  const DdcmSettings settings{.codes = 5, .bits = 7};
  return {.settings = settings, .code = random_code(settings, 3)};
}

/// With a checksum that fits.
io::Bytes mended(io::Bytes bytes) {
  const auto all = std::span<const std::byte>(bytes);
  const uint16_t checksum = io::crc16(all.subspan(12), io::crc16(all.first(10)));
  bytes[10] = static_cast<std::byte>(checksum >> 8);
  bytes[11] = static_cast<std::byte>(checksum & 255U);
  return bytes;
}

std::string refused(const io::Bytes& bytes, const DdcmModel& model = unlabelled) {
  return refusal([&] { (void)decode_ddcm(bytes, model); });
}

/// The refusal of a file with this byte in place of another, and the checksum mended.
std::string refused_with(size_t at, unsigned value) {
  io::Bytes bytes = encode_ddcm(small_file(), unlabelled);
  bytes[at] = static_cast<std::byte>(value);
  return refused(mended(bytes));
}

}  // namespace

TEST_CASE("ddcm files: any settings, labels and codes come back") {
  Rng rng(11);
  for (int i = 0; i < 300; ++i) {
    const DdcmFile file = any_file(rng);
    CAPTURE(i);
    const io::Bytes bytes = encode_ddcm(file, labelled);
    CHECK(decode_ddcm(bytes, labelled) == file);
    CHECK(decode_ddcm(ddcm_of_text(ddcm_text(bytes)), labelled) == file);
  }
}

TEST_CASE("ddcm files: the largest codes there are fit the cap") {
  for (const DdcmSettings& settings :
       {DdcmSettings{.form = CodeForm::turbo, .codes = 1000, .bits = 16, .atoms = 64},
        DdcmSettings{.form = CodeForm::pursuit,
        .codes = 1000,
        .bits = 16,
        .atoms = 16,
        .coefficient_bits = 8}}) {
    const DdcmFile file{.settings = settings, .code = random_code(settings, 9)};
    const io::Bytes bytes = encode_ddcm(file, unlabelled);
    CHECK(bytes.size() <= max_ddcm_bytes);
    CHECK(decode_ddcm(bytes, unlabelled) == file);
  }
}

TEST_CASE("ddcm files: a header of 12 bytes, then as many bits as the formula says") {
  Rng rng(12);
  for (int i = 0; i < 100; ++i) {
    const DdcmFile file = any_file(rng);
    const DdcmSettings& s = file.settings;
    int64_t a_step = s.bits;
    if (s.form == CodeForm::pursuit) a_step = s.atoms * s.bits + (s.atoms - 1) * s.coefficient_bits;
    if (s.form == CodeForm::turbo) a_step = io::combination_bits(s.size(), s.atoms) + s.atoms;
    CHECK(code_bits(s) == s.codes * a_step);
    const int64_t bits =
        s.codes * a_step + (file.labels.empty() ? 0 : 13);  // log2 (8*3*256) = 12.6
    CAPTURE(bits);
    const auto payload = static_cast<size_t>((bits + 7) / 8);
    CHECK(ddcm_payload_bytes(file, labelled.classes) == payload);
    CHECK(encode_ddcm(file, labelled).size() == 12 + (s.seed != 0 ? 4 : 0) + payload);
  }
  CHECK(label_bits(labelled.classes) == 13);
  CHECK(label_bits(std::vector{1, 3}) == 3);
  CHECK(label_bits(std::vector<int>{}) == 0);
  CHECK(label_bits(std::vector<int>(64, 255)) == 512);
}

TEST_CASE("ddcm files: the bytes are those that the header file promises") {
  const DdcmSettings settings{.form = CodeForm::pursuit,
                              .codebook = CodebookKind::hadamard,
                              .codes = 2,
                              .bits = 4,
                              .atoms = 2,
                              .coefficient_bits = 3,
                              .tail = 7,
                              .rho = 2.5F,
                              .noise = 0.5F,
                              .snap = false,
                              .seed = 0x01020304};
  const DdcmFile file{.settings = settings,
                      .labels = {7, 1, 0},
                      .code = {.indices = {1, 2, 3, 4}, .coefficients = {5, 6}}};
  const io::Bytes bytes = encode_ddcm(file, labelled);
  // Labels 7 + 8*1 + 24*0 = 15 in 13 bits; then 0001 0010 101 and 0011 0100 110; five zeros.
  const std::vector<unsigned> expected{0x0c, 0x30, 0x16, 0xab, 0xcd, 0x0b, 0x07,
                                       0x73, 0x00, 0x66, 0,    0,    0x01, 0x02,
                                       0x03, 0x04, 0x00, 0x78, 0x95, 0x34, 0xc0};
  REQUIRE(bytes.size() == expected.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    if (i != 10 && i != 11) CHECK(std::to_integer<unsigned>(bytes[i]) == expected[i]);
  }
  CHECK(mended(bytes) == bytes);
  CHECK(ddcm_text(bytes).starts_with("DD"));
}

TEST_CASE("ddcm files: every flipped bit and every cut is refused") {
  Rng rng(13);
  for (int i = 0; i < 6; ++i) {
    DdcmFile file = any_file(rng);
    while (file.settings.codes > 12) file = any_file(rng);
    io::Bytes bytes = encode_ddcm(file, labelled);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(0x80U >> bit % 8);
      bytes[bit / 8] ^= mask;
      CAPTURE(bit);
      CHECK_FALSE(refused(bytes, labelled).empty());
      bytes[bit / 8] ^= mask;
    }
    for (size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(
          refused({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, labelled)
              .empty());
    }
  }
}

TEST_CASE("ddcm files: each refusal says what is wrong") {
  const io::Bytes good = encode_ddcm(small_file(), unlabelled);
  REQUIRE(good.size() == 12 + 5);  // 35 bits
  CHECK(refused({}) == "[ddcm file] these 0 bytes are no .ddcm file");
  CHECK(refused_with(0, 0x0d) == "[ddcm file] these 17 bytes are no .ddcm file");
  CHECK(refused_with(2, 0x24) == "[ddcm file] it is of version 2, and only 1 can be read");
  CHECK(refused({good.begin(), good.begin() + 11}) ==
        "[ddcm file] it is cut off within its header, after 11 bytes");
  CHECK(refused({good.begin(), good.end() - 1}) == "[ddcm file] it is cut off: 16 of 17 bytes");
  io::Bytes longer = good;
  longer.push_back(std::byte{0});
  CHECK(refused(longer) == "[ddcm file] it has 18 bytes and should end after 17");
  io::Bytes damaged = good;
  damaged[14] ^= std::byte{0x10};
  CHECK(refused(damaged) == "[ddcm file] it is damaged: its checksum does not fit");
  CHECK(refused(good, {.hash = 0x00070000, .classes = {}}) ==
        "[ddcm file] it was made with model abcd, and this is model 0007");
  CHECK(refused_with(2, 0x1d) == "[ddcm] rho must be 1.000000..4.000000, not 4.250000");
  CHECK(refused_with(5, 193) == "[ddcm file] there is no form 193");
  CHECK(refused_with(5, 192) == "[ddcm file] it is cut off: 17 of 131 bytes");
  CHECK(refused_with(9, 0x09) == "[ddcm file] a bit of the header that must be 0 is 1");
  CHECK(refused_with(8, 0xff).find("[ddcm] codes must be 1..1000") == 0);
  CHECK(refused_with(9, 0x0c) ==
        "[ddcm file] it says that labels follow, and the model knows none");
  CHECK(refused_with(16, 0x11) == "[bits] the bits that fill the last byte are not zeros");
  CHECK_FALSE(refused_with(9, 0x0a).empty());  // a seed that is not there
}

TEST_CASE("ddcm files: numbers that stand for nothing are refused") {
  const DdcmSettings turbo{.form = CodeForm::turbo, .codes = 1, .bits = 4, .atoms = 3};
  io::Bytes bytes = encode_ddcm({.settings = turbo, .code = random_code(turbo, 1)}, unlabelled);
  REQUIRE(bytes.size() == 14);  // 560 choices: 10 bits; and 3 signs
  bytes[12] = std::byte{0xff};
  CHECK(refused(mended(bytes)).find("[combination]") == 0);

  DdcmFile file = small_file();
  file.labels = {7, 2, 255};
  bytes = encode_ddcm(file, labelled);
  bytes[12] = std::byte{0xff};
  CHECK(refused(mended(bytes), labelled) == "[ddcm file] its labels are none of the model's");
}

TEST_CASE("ddcm files: what does not fit together is not written") {
  const auto refused_to_write = [](const DdcmFile& file, const DdcmModel& model) {
    return refusal([&] { (void)encode_ddcm(file, model); });
  };
  DdcmFile file = small_file();
  file.labels = {1, 1};
  CHECK(refused_to_write(file, labelled) == "[ddcm file] 2 labels for a model of 3");
  file.labels = {1, 3, 1};
  CHECK(refused_to_write(file, labelled) == "[ddcm file] label 1 is 3, not 0..2");
  file.labels = {};
  file.code.indices[2] = 128;
  CHECK_FALSE(refused_to_write(file, labelled).empty());
  file.code.indices.pop_back();
  CHECK_FALSE(refused_to_write(file, labelled).empty());
  file = small_file();
  file.settings.noise = 0.7F;
  CHECK_FALSE(refused_to_write(file, labelled).empty());
}

TEST_CASE("ddcm text: pasted with white space, refused with anything else") {
  const DdcmFile file = small_file();
  const io::Bytes bytes = encode_ddcm(file, unlabelled);
  const std::string text = ddcm_text(bytes);
  CHECK(ddcm_of_text(" \t" + text.substr(0, 5) + "\r\n" + text.substr(5) + "\n ") == bytes);
  CHECK_FALSE(refusal([&] { (void)ddcm_of_text(text + "!"); }).empty());
  CHECK_FALSE(refused(ddcm_of_text("")).empty());
  CHECK(refusal([] { (void)ddcm_of_text(std::string(1 << 19, 'A')); }).find("longer than any") !=
        std::string::npos);
}

TEST_CASE("model hash: of weights and of what the card says of the network") {
  const io::SafeTensors file = random_weights(small_picture_model(Method::shortcut), 1);
  const uint32_t hash = model_hash(file);
  CHECK(ddcm_model(file).hash == hash);
  CHECK(ddcm_model(file).classes == std::vector{3, 2});

  io::SafeTensors other = file;
  std::ranges::reverse(other.tensors);
  other.metadata["frechet"] = "3.5";
  CHECK(model_hash(other) == hash);  // neither the order in the file nor measurements matter
  other.metadata["palette"] = "ffffff";
  CHECK(model_hash(other) != hash);
  other = file;
  other.metadata["heads"] = "1";
  CHECK(model_hash(other) != hash);
  other = file;
  other.tensors[0].tensor[0] = std::nextafter(other.tensors[0].tensor[0], 9.0F);
  CHECK(model_hash(other) != hash);
  // Of few tensors, worked out elsewhere: the same on every machine.
  const io::SafeTensors known{
      .metadata = {{"dataset", "avatars"}},
      .tensors = {{"b", Tensor({2}, {1.0F, -2.0F})}, {"a", Tensor::scalar(0.5F)}}};
  CHECK(model_hash(known) == 0xfae8dd66);
}

TEST_CASE("UUIDs: every one is a code, and every code is one") {
  CHECK(code_bits(uuid_settings()) == 128);
  const Uuid uuid = parse_uuid("550e8400-e29b-41d4-a716-446655440000");
  CHECK(uuid_code(uuid).indices == std::vector<uint32_t>{0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x41,
                                                         0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44,
                                                         0x00, 0x00});
  validate(uuid_code(uuid), uuid_settings());
  CHECK(uuid_text(uuid) == "550e8400-e29b-41d4-a716-446655440000");
  Rng rng(4);
  for (int i = 0; i < 100; ++i) {
    const DdcmCode code = random_code(uuid_settings(), rng.bits());
    CHECK(uuid_code(parse_uuid(uuid_text(uuid_of(code)))) == code);
  }
  DdcmCode code = uuid_code(uuid);
  code.indices[3] = 256;
  CHECK_FALSE(refusal([&] { (void)uuid_of(code); }).empty());
  code.indices.pop_back();
  CHECK_FALSE(refusal([&] { (void)uuid_of(code); }).empty());
}

TEST_CASE("UUIDs: all ways of writing one are read, and nothing else") {
  const Uuid uuid = parse_uuid("550e8400-e29b-41d4-a716-446655440000");
  for (const char* text :
       {"550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000",
        "{550e8400-e29b-41d4-a716-446655440000}", "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
        "URN:UUID:550e8400-e29b-41d4-a716-446655440000", "  550e8400-e29b-41d4-a716-446655440000\n",
        "{550e8400e29b41d4a716446655440000}"}) {
    CAPTURE(text);
    CHECK(parse_uuid(text) == uuid);
  }
  for (const char* text :
       {"", "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400-e29b-41d4-a716-44665544000g", "550e840-0e29b-41d4-a716-446655440000",
        "{550e8400-e29b-41d4-a716-446655440000", "550e8400--e29b-41d4-a716-44665544000",
        "550e8400_e29b_41d4_a716_446655440000", "urn:uuid:", "{}"}) {
    CAPTURE(text);
    CHECK(refusal([&] { (void)parse_uuid(text); }).find("[uuid] a UUID has 32") == 0);
  }
}

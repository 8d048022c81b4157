#include "rivulet/models/ddcm_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "rivulet/core/error.h"
#include "rivulet/io/bit_stream.h"
#include "rivulet/io/combination.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/natural.h"

namespace rivulet::models {
namespace {

constexpr auto where = "ddcm file";
constexpr uint32_t magic = 0x0c30;
constexpr uint32_t version = 1;
constexpr size_t checksum_at = 10;
// Of the byte that holds the form.
constexpr uint32_t first_pursuit = 1;
constexpr uint32_t first_turbo = 129;
constexpr uint32_t last_turbo = 192;

uint16_t short_hash(uint32_t hash) { return static_cast<uint16_t>(hash >> 16); }

// ---- the header ----

uint32_t form_number(const DdcmSettings& settings) {
  const auto atoms = static_cast<uint32_t>(settings.atoms) - 1;
  switch (settings.form) {
    case CodeForm::pursuit:
      return first_pursuit + 8 * atoms + static_cast<uint32_t>(settings.coefficient_bits) - 1;
    case CodeForm::turbo:
      return first_turbo + atoms;
    case CodeForm::single:
      break;
  }
  return 0;
}

void read_form(uint32_t number, DdcmSettings& settings) {
  if (number > last_turbo) fail(where, fmt::format("there is no form {}", number));
  if (number >= first_turbo) {
    settings.form = CodeForm::turbo;
    settings.atoms = static_cast<int>(number - first_turbo) + 1;
  } else if (number >= first_pursuit) {
    settings.form = CodeForm::pursuit;
    settings.atoms = static_cast<int>((number - first_pursuit) / 8) + 1;
    settings.coefficient_bits = static_cast<int>((number - first_pursuit) % 8) + 1;
  }
}

struct Header {
  DdcmSettings settings;
  uint16_t model = 0;
  bool labels = false;
  uint16_t checksum = 0;
  size_t size = 0;  ///< with the seed
};

uint16_t checksum_of(std::span<const std::byte> file) {
  return io::crc16(file.subspan(checksum_at + 2), io::crc16(file.first(checksum_at)));
}

void write_header(io::BitWriter& out, const Header& header) {
  const DdcmSettings& settings = header.settings;
  out.write(magic, 16);
  out.write(version, 4);
  out.write(static_cast<uint32_t>(settings.rho * 4) - 4, 4);
  out.write(header.model, 16);
  out.write(form_number(settings), 8);
  out.write(static_cast<uint32_t>(settings.tail), 8);
  out.write(static_cast<uint32_t>(settings.noise * 16) - 1, 4);
  out.write(static_cast<uint32_t>(settings.bits) - 1, 4);
  out.write(static_cast<uint32_t>(settings.codes) - 1, 10);
  out.write(static_cast<uint32_t>(settings.codebook), 2);
  out.write(settings.snap ? 1 : 0, 1);
  out.write(header.labels ? 1 : 0, 1);
  out.write(settings.seed != 0 ? 1 : 0, 1);
  out.write(0, 1);
  out.write(header.checksum, 16);
  if (settings.seed != 0) out.write(settings.seed, 32);
}

/// Throws Error for parameters that no writer would write.
Header read_header(io::BitReader& in) {
  Header header;
  DdcmSettings& settings = header.settings;
  settings.rho = static_cast<float>(in.read(4) + 4) / 4;
  header.model = static_cast<uint16_t>(in.read(16));
  read_form(in.read(8), settings);
  settings.tail = static_cast<int>(in.read(8));
  settings.noise = static_cast<float>(in.read(4) + 1) / 16;
  settings.bits = static_cast<int>(in.read(4)) + 1;
  settings.codes = static_cast<int>(in.read(10)) + 1;
  settings.codebook = static_cast<CodebookKind>(in.read(2));  // there are four
  settings.snap = in.read(1) != 0;
  header.labels = in.read(1) != 0;
  const bool seeded = in.read(1) != 0;
  if (in.read(1) != 0) fail(where, "a bit of the header that must be 0 is 1");
  header.checksum = static_cast<uint16_t>(in.read(16));
  if (seeded) {
    settings.seed = in.read(32);
    if (settings.seed == 0) fail(where, "a seed of 0 is written out");
  }
  header.size = ddcm_header_bytes + (seeded ? 4 : 0);
  validate(settings);
  return header;
}

void check_kind(std::span<const std::byte> bytes, io::BitReader& in) {
  if (bytes.size() < 3 || in.read(16) != magic) {
    fail(where, fmt::format("these {} bytes are no .ddcm file", bytes.size()));
  }
  const uint32_t found = in.read(4);
  if (found != version) {
    fail(where, fmt::format("it is of version {}, and only {} can be read", found, version));
  }
  if (bytes.size() < ddcm_header_bytes) {
    fail(where, fmt::format("it is cut off within its header, after {} bytes", bytes.size()));
  }
}

size_t payload_bytes(const DdcmSettings& settings, bool labels, std::span<const int> classes) {
  const int64_t bits = code_bits(settings) + (labels ? label_bits(classes) : 0);
  return static_cast<size_t>((bits + 7) / 8);
}

/// Throws Error unless the file is whole and of this model.
void check_whole(std::span<const std::byte> bytes, const Header& header, const DdcmModel& model) {
  const uint16_t expected = short_hash(model.hash);
  const size_t size = header.size + payload_bytes(header.settings, header.labels, model.classes);
  if (header.model == expected && bytes.size() < size) {
    fail(where, fmt::format("it is cut off: {} of {} bytes", bytes.size(), size));
  }
  if (header.model == expected && bytes.size() > size) {
    fail(where, fmt::format("it has {} bytes and should end after {}", bytes.size(), size));
  }
  if (checksum_of(bytes) != header.checksum) {
    fail(where, "it is damaged: its checksum does not fit");
  }
  if (header.model != expected) {
    fail(where, fmt::format("it was made with model {:04x}, and this is model {:04x}", header.model,
                            expected));
  }
  if (header.labels && model.classes.empty()) {
    fail(where, "it says that labels follow, and the model knows none");
  }
}

// ---- labels and code ----

io::Natural label_count(std::span<const int> classes) {
  io::Natural count(1);
  for (const int values : classes) count *= static_cast<uint32_t>(values) + 1;
  return count;
}

void write_labels(io::BitWriter& out, std::span<const int> labels, std::span<const int> classes) {
  io::Natural number;
  for (size_t k = labels.size(); k-- > 0;) {
    number *= static_cast<uint32_t>(classes[k]) + 1;
    number += io::Natural(static_cast<uint64_t>(labels[k]));
  }
  number.write(out, label_bits(classes));
}

std::vector<int> read_labels(io::BitReader& in, std::span<const int> classes) {
  io::Natural number = io::Natural::read(in, label_bits(classes));
  if (number >= label_count(classes)) fail(where, "its labels are none of the model's");
  std::vector<int> labels;
  for (const int values : classes) {
    labels.push_back(static_cast<int>(number.divide(static_cast<uint32_t>(values) + 1)));
  }
  return labels;
}

void check_labels(std::span<const int> labels, std::span<const int> classes) {
  if (labels.empty()) return;
  if (labels.size() != classes.size()) {
    fail(where, fmt::format("{} labels for a model of {}", labels.size(), classes.size()));
  }
  for (size_t k = 0; k < labels.size(); ++k) {
    if (labels[k] < 0 || labels[k] > classes[k]) {
      fail(where, fmt::format("label {} is {}, not 0..{}", k, labels[k], classes[k]));
    }
  }
}

/// How a step's numbers lie in a code.
struct Layout {
  size_t indices;
  size_t coefficients;
  int coefficient_bits;

  explicit Layout(const DdcmSettings& settings)
      : indices(static_cast<size_t>(settings.atoms)), coefficients(0), coefficient_bits(0) {
    if (settings.form == CodeForm::pursuit) {
      coefficients = indices - 1;
      coefficient_bits = settings.coefficient_bits;
    } else if (settings.form == CodeForm::turbo) {
      coefficients = indices;
      coefficient_bits = 1;
    }
  }
};

void write_code(io::BitWriter& out, const DdcmSettings& settings, const DdcmCode& code) {
  const Layout layout(settings);
  for (size_t step = 0; step < static_cast<size_t>(settings.codes); ++step) {
    const auto indices = std::span(code.indices).subspan(step * layout.indices, layout.indices);
    if (settings.form == CodeForm::turbo) {
      io::write_combination(out, settings.size(), indices);
    } else {
      for (const uint32_t index : indices) out.write(index, settings.bits);
    }
    for (const uint32_t c :
         std::span(code.coefficients).subspan(step * layout.coefficients, layout.coefficients)) {
      out.write(c, layout.coefficient_bits);
    }
  }
}

DdcmCode read_code(io::BitReader& in, const DdcmSettings& settings) {
  const Layout layout(settings);
  const auto steps = static_cast<size_t>(settings.codes);
  DdcmCode code{.indices = std::vector<uint32_t>(steps * layout.indices),
                .coefficients = std::vector<uint32_t>(steps * layout.coefficients)};
  for (size_t step = 0; step < steps; ++step) {
    const auto indices = std::span(code.indices).subspan(step * layout.indices, layout.indices);
    if (settings.form == CodeForm::turbo) {
      io::read_combination(in, settings.size(), indices);
    } else {
      for (uint32_t& index : indices) index = in.read(settings.bits);
    }
    for (uint32_t& c :
         std::span(code.coefficients).subspan(step * layout.coefficients, layout.coefficients)) {
      c = in.read(layout.coefficient_bits);
    }
  }
  return code;
}

// ---- texts ----

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string without_spaces(std::string_view text) {
  if (text.size() > 2 * max_ddcm_bytes) {
    fail(where, fmt::format("a text of {} characters is longer than any code's", text.size()));
  }
  std::string kept(text);
  std::erase_if(kept, is_space);
  return kept;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The 32 digits of a UUID, whatever stands around and between them.
std::string uuid_digits(std::string_view text) {
  std::string digits = without_spaces(text);
  constexpr std::string_view prefix = "urn:uuid:";
  const bool named = std::ranges::equal(
      std::string_view(digits).substr(0, prefix.size()), prefix,
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  if (named) digits.erase(0, prefix.size());
  if (digits.starts_with('{') && digits.ends_with('}'))
    digits = digits.substr(1, digits.size() - 2);
  if (digits.size() == 36) {
    for (const size_t at : {23, 18, 13, 8}) {
      if (digits[at] == '-') digits.erase(at, 1);
    }
  }
  return digits;
}

}  // namespace

// ---- models ----

uint32_t model_hash(const io::SafeTensors& file) {
  uint32_t hash = 0;
  const auto text = [&hash](std::string_view value) {
    hash = io::crc32(std::as_bytes(std::span(value)), hash);
    constexpr std::byte end{0};  // "ab" and "c" is not "a" and "bc"
    hash = io::crc32({&end, 1}, hash);
  };
  for (const char* key : {"architecture", "method", "prediction", "dataset", "attributes", "side",
                          "channels", "patch", "width", "depth", "heads", "mlp_ratio", "palette"}) {
    const auto found = file.metadata.find(key);
    text(found == file.metadata.end() ? "" : found->second);
  }
  std::vector<const io::NamedTensor*> order;
  order.reserve(file.tensors.size());
  for (const io::NamedTensor& tensor : file.tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const io::NamedTensor* tensor) { return tensor->name; });
  for (const io::NamedTensor* tensor : order) {
    text(tensor->name);
    text(tensor->tensor.shape().str());
    for (const float value : tensor->tensor.span()) {
      const auto bits = std::bit_cast<uint32_t>(value);
      const std::array<std::byte, 4> bytes{
          static_cast<std::byte>(bits >> 24), static_cast<std::byte>(bits >> 16 & 255U),
          static_cast<std::byte>(bits >> 8 & 255U), static_cast<std::byte>(bits & 255U)};
      hash = io::crc32(bytes, hash);
    }
  }
  return hash;
}

DdcmModel ddcm_model(const io::SafeTensors& file) {
  return {.hash = model_hash(file), .classes = diffusion_model(file).pictures.net.classes};
}

// ---- files ----

int64_t label_bits(std::span<const int> classes) { return io::bits_for(label_count(classes)); }

size_t ddcm_payload_bytes(const DdcmFile& file, std::span<const int> classes) {
  return payload_bytes(file.settings, !file.labels.empty(), classes);
}

io::Bytes encode_ddcm(const DdcmFile& file, const DdcmModel& model) {
  validate(file.settings);
  validate(file.code, file.settings);
  check_labels(file.labels, model.classes);
  io::BitWriter out;
  write_header(
      out,
      {.settings = file.settings, .model = short_hash(model.hash), .labels = !file.labels.empty()});
  if (!file.labels.empty()) write_labels(out, file.labels, model.classes);
  write_code(out, file.settings, file.code);
  io::Bytes bytes = out.bytes();
  const uint16_t checksum = checksum_of(bytes);
  bytes[checksum_at] = static_cast<std::byte>(checksum >> 8);
  bytes[checksum_at + 1] = static_cast<std::byte>(checksum & 255U);
  return bytes;
}

DdcmFile decode_ddcm(std::span<const std::byte> bytes, const DdcmModel& model) {
  io::BitReader in(bytes);
  check_kind(bytes, in);
  const Header header = read_header(in);
  check_whole(bytes, header, model);
  DdcmFile file{.settings = header.settings, .code = {}};
  if (header.labels) file.labels = read_labels(in, model.classes);
  file.code = read_code(in, file.settings);
  in.finish();
  return file;
}

std::string ddcm_text(std::span<const std::byte> file) { return io::base64url(file); }

io::Bytes ddcm_of_text(std::string_view text) { return io::from_base64url(without_spaces(text)); }

// ---- UUIDs ----

DdcmSettings uuid_settings() {
  static_assert(sizeof(Uuid) == 16);
  return tuned_settings(sizeof(Uuid));
}

DdcmCode uuid_code(const Uuid& uuid) {
  DdcmCode code;
  for (const std::byte byte : uuid) code.indices.push_back(std::to_integer<uint32_t>(byte));
  return code;
}

DdcmFile uuid_file(const Uuid& uuid) {
  return {.settings = uuid_settings(), .code = uuid_code(uuid)};
}

Uuid uuid_of(const DdcmCode& code) {
  validate(code, uuid_settings());
  Uuid uuid{};
  std::ranges::transform(code.indices, uuid.begin(),
                         [](uint32_t index) { return static_cast<std::byte>(index); });
  return uuid;
}

std::string uuid_text(const Uuid& uuid) {
  std::string text;
  for (const std::byte byte : uuid) {
    if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23)
      text += '-';
    text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return text;
}

Uuid parse_uuid(std::string_view text) {
  const std::string digits = uuid_digits(text);
  Uuid uuid{};
  if (digits.size() != 2 * uuid.size() ||
      std::ranges::any_of(digits, [](char c) { return hex_digit(c) < 0; })) {
    fail("uuid", fmt::format("a UUID has 32 hexadecimal digits, as in {}, and this is none",
                             uuid_text(uuid)));
  }
  for (size_t i = 0; i < uuid.size(); ++i) {
    uuid[i] = static_cast<std::byte>(16 * hex_digit(digits[2 * i]) + hex_digit(digits[2 * i + 1]));
  }
  return uuid;
}

}  // namespace rivulet::models

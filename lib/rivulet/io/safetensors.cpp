#include "rivulet/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <tuple>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/half.h"
#include "rivulet/io/json.h"
#include "rivulet/io/sniff.h"

static_assert(std::endian::native == std::endian::little, "arrays are read as they lie");

namespace rivulet::io {
namespace {

constexpr size_t length_bytes = 8;
constexpr uint64_t max_header = uint64_t{1} << 24;
constexpr const char* metadata_key = "__metadata__";

// A line of the metadata: the CRC-32 of the whole file, taken with its digits as zeros. Neither a
// changed name nor a changed value hides that there was one.
constexpr std::string_view checksum_key = "checksum";
constexpr std::string_view checksum_kind = "crc32:";
constexpr std::string_view no_checksum = "crc32:00000000";

/// One array as the header tells it.
struct Entry {
  std::string name;
  Precision precision = Precision::f32;
  Shape shape{};
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// For messages: names come from the file, so they are cut and control characters are hidden.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, 60));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  }
  return name.size() > 60 ? text + "..." : text;
}

/// The header: an object of entries, whose arrays are shapes and pairs of offsets.
Json parse_header(std::string_view text) {
  if (!text.starts_with('{')) fail("safetensors", "the header does not begin with {");
  try {
    return Json::parse(text, {.depth = 3, .array_size = Shape::max_rank});
  } catch (const JsonError& error) {
    fail("safetensors", fmt::format("the header is refused: {}", shown(error.what())));
  }
}

const Json& field(const Json& entry, const char* key, const std::string& name) {
  if (const Json* value = entry.find(key)) return *value;
  fail("safetensors", fmt::format("{} has no {}", name, key));
}

uint64_t unsigned_of(const Json& value, const char* what, const std::string& name) {
  if (!value.is_unsigned()) {
    fail("safetensors", fmt::format("{}: {} is not made of whole numbers >= 0", name, what));
  }
  return value.unsigned_integer();
}

/// The shape, once it is known to have exactly as many elements as the array has bytes for.
Shape shape_of(const Json& extents, uint64_t elements, const std::string& name) {
  if (!extents.is_array()) fail("safetensors", name + ": shape is not an array");
  Shape shape;
  uint64_t count = 1;
  constexpr uint64_t limit = uint64_t{1} << 48;  // zeros do not count, so products never overflow
  bool empty = false;
  for (const Json& value : extents.values()) {
    const uint64_t extent = unsigned_of(value, "shape", name);
    if (extent > limit / count) fail("safetensors", name + ": the shape is too large");
    if (extent == 0) empty = true;
    count *= std::max<uint64_t>(extent, 1);
    shape.push_back(static_cast<int64_t>(extent));
  }
  if ((empty ? 0 : count) != elements) {
    fail("safetensors", fmt::format("{}: shape {} does not fit its data of {} elements", name,
                                    shape.str(), elements));
  }
  return shape;
}

Entry entry_of(const std::string& key, const Json& json, uint64_t data_size) {
  const std::string name = shown(key);
  if (key.empty()) fail("safetensors", "a tensor has no name");
  if (!json.is_object()) fail("safetensors", name + " is not an object");
  const Json& dtype = field(json, "dtype", name);
  const std::string type = dtype.is_text() ? dtype.text() : "?";
  Entry entry{.name = key};
  if (type == "F16") {
    entry.precision = Precision::f16;
  } else if (type != "F32") {
    fail("safetensors", fmt::format("{}: data type {} (F32 and F16 are read)", name, shown(type)));
  }
  const Json& offsets = field(json, "data_offsets", name);
  if (!offsets.is_array() || offsets.values().size() != 2) {
    fail("safetensors", name + ": data_offsets is not a pair");
  }
  entry.begin = unsigned_of(offsets.values()[0], "data_offsets", name);
  entry.end = unsigned_of(offsets.values()[1], "data_offsets", name);
  if (entry.begin > entry.end || entry.end > data_size) {
    fail("safetensors", fmt::format("{}: bytes {} to {} of {}{}", name, entry.begin, entry.end,
                                    data_size, entry.begin > entry.end ? "" : ": it is cut off"));
  }
  const uint64_t width = entry.precision == Precision::f16 ? 2 : 4;
  const uint64_t length = entry.end - entry.begin;
  if (length % width != 0) {
    fail("safetensors", fmt::format("{}: {} bytes are not whole elements", name, length));
  }
  entry.shape = shape_of(field(json, "shape", name), length / width, name);
  return entry;
}

Tensor read_array(const Entry& entry, std::span<const std::byte> data) {
  const auto bytes = data.subspan(entry.begin, entry.end - entry.begin);
  Tensor tensor(entry.shape);
  if (bytes.empty()) return tensor;
  if (entry.precision == Precision::f32) {
    std::memcpy(tensor.data(), bytes.data(), bytes.size());
  } else {
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      uint16_t half = 0;
      std::memcpy(&half, bytes.data() + 2 * i, 2);
      tensor[i] = from_half(half);
    }
  }
  return tensor;
}

std::map<std::string, std::string> metadata_of(const Json& json) {
  if (!json.is_object()) fail("safetensors", "__metadata__ is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.members()) {
    if (!value.is_text()) {
      fail("safetensors", fmt::format("__metadata__: {} is not a string", shown(key)));
    }
    metadata.emplace(key, value.text());
  }
  return metadata;
}

void check_names(const SafeTensors& content) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : content.tensors) {
    if (name.empty() || name == metadata_key) {
      fail("safetensors", "\"" + name + "\" cannot name a tensor");
    }
    if (!names.insert(name).second) fail("safetensors", "two tensors are named " + shown(name));
  }
}

/// Where the digits of the checksum are in a header.
std::span<std::byte> checksum_digits(std::span<std::byte> header, std::string_view value) {
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  const size_t at = text.find(value);
  if (at == std::string_view::npos || value.size() != no_checksum.size()) return {};
  return header.subspan(at + checksum_kind.size(), value.size() - checksum_kind.size());
}

/// Takes the checksum from the metadata of a file that was read, and compares it.
void check_sum(std::span<const std::byte> file, std::span<const std::byte> header,
               std::map<std::string, std::string>& metadata) {
  const auto told = std::ranges::find_if(metadata, [](const auto& line) {
    return line.first == checksum_key ||
           (line.second.size() == no_checksum.size() && line.second.starts_with(checksum_kind));
  });
  if (told == metadata.end()) return;  // older files have none, nor those of other programs
  Bytes plain(header.begin(), header.end());
  std::ranges::fill(checksum_digits(plain, told->second), std::byte{'0'});
  uint32_t sum = crc32(plain, crc32(file.first(length_bytes)));
  sum = crc32(file.subspan(length_bytes + header.size()), sum);
  if (told->first != checksum_key || told->second != fmt::format("{}{:08x}", checksum_kind, sum)) {
    fail("safetensors",
         "it is damaged: its contents do not fit its checksum (a program that changes such a file "
         "has to drop 'checksum' from the metadata)");
  }
  metadata.erase(told);
}

/// Writes the checksum of a file whose digits are zeros.
void put_sum(std::span<std::byte> file, size_t header_size) {
  const uint32_t sum = crc32(file);
  const std::string text = fmt::format("{:08x}", sum);
  std::ranges::copy(std::as_bytes(std::span(text)),
                    checksum_digits(file.subspan(length_bytes, header_size), no_checksum).begin());
}

std::string header_of(const SafeTensors& content, uint64_t width) {
  Json header = Json::object();
  auto metadata = content.metadata;
  metadata[std::string(checksum_key)] = no_checksum;
  header[metadata_key] = metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const uint64_t end = offset + width * static_cast<uint64_t>(tensor.numel());
    const auto dims = tensor.shape().dims();
    header[name] = {{"dtype", width == 2 ? "F16" : "F32"},
                    {"shape", std::vector<int64_t>(dims.begin(), dims.end())},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const JsonError&) {
    fail("safetensors", "a name or a line of the metadata is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // arrays begin at a multiple of 8
  if (text.size() > max_header) {
    fail("safetensors", fmt::format("the header would have {} bytes", text.size()));
  }
  return text;
}

void write_halves(const NamedTensor& named, std::byte* to) {
  for (const float value : named.tensor.span()) {
    const uint16_t half = to_half(value);
    if ((half & 0x7fffU) == 0x7c00U && std::isfinite(value)) {
      fail("safetensors", fmt::format("{} holds {}, too large for f16", shown(named.name), value));
    }
    std::memcpy(to, &half, 2);
    to += 2;
  }
}

}  // namespace

const Tensor* SafeTensors::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &found->tensor;
}

const Tensor& SafeTensors::at(std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  fail("safetensors", "there is no tensor named " + shown(name));
}

SafeTensors parse_safetensors(std::span<const std::byte> file) {
  if (file.size() < length_bytes) {
    fail("safetensors", fmt::format("a file of {} bytes: it is cut off", file.size()));
  }
  uint64_t header_size = 0;
  std::memcpy(&header_size, file.data(), length_bytes);
  if (header_size > std::min<uint64_t>(max_header, file.size() - length_bytes)) {
    fail("safetensors",
         fmt::format("a header of {} bytes in a file of {} bytes{}", header_size, file.size(),
                     header_size > max_header ? "" : ": it is cut off"));
  }
  const auto header_bytes = file.subspan(length_bytes, header_size);
  const auto data = file.subspan(length_bytes + header_size);
  const Json header =
      parse_header({reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size()});

  SafeTensors content;
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.members()) {
    if (key == metadata_key)
      content.metadata = metadata_of(value);
    else
      entries.push_back(entry_of(key, value, data.size()));
  }
  std::ranges::sort(entries, {}, [](const Entry& e) {
    return std::tuple(e.begin, e.end, std::string_view(e.name));
  });
  uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered) {
      fail("safetensors", fmt::format("{} begins at byte {} where {} was due", shown(entry.name),
                                      entry.begin, covered));
    }
    covered = entry.end;
  }
  if (covered != data.size()) {
    fail("safetensors", fmt::format("{} bytes of data belong to no tensor", data.size() - covered));
  }
  check_sum(file, header_bytes, content.metadata);
  content.tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    Tensor tensor = read_array(entry, data);
    content.tensors.push_back({.name = std::move(entry.name), .tensor = std::move(tensor)});
  }
  return content;
}

Bytes serialise(const SafeTensors& content, Precision precision) {
  check_names(content);
  const uint64_t width = precision == Precision::f16 ? 2 : 4;
  const std::string header = header_of(content, width);
  const uint64_t header_size = header.size();
  uint64_t size = length_bytes + header_size;
  for (const auto& named : content.tensors) size += width * named.tensor.span().size();

  Bytes file(size);
  std::byte* to = file.data();
  std::memcpy(to, &header_size, length_bytes);
  std::memcpy(to += length_bytes, header.data(), header.size());
  to += header.size();
  for (const auto& named : content.tensors) {
    const auto bytes = std::as_bytes(named.tensor.span());
    if (precision == Precision::f16) {
      write_halves(named, to);
    } else if (!bytes.empty()) {
      std::memcpy(to, bytes.data(), bytes.size());
    }
    to += width * named.tensor.span().size();
  }
  put_sum(file, header_size);
  return file;
}

SafeTensors load_safetensors(const std::string& path) {
  const Bytes file = read_file(path);
  try {
    return parse_safetensors(file);
  } catch (const Error& error) {
    const std::string_view what = error.what();
    const FileKind kind = kind_of_file(file);
    if (kind == FileKind::safetensors || kind == FileKind::other) {
      constexpr std::string_view where = "[safetensors] ";
      fail("safetensors", fmt::format("{}: {}; if it was downloaded, download it again", path,
                                      what.substr(what.starts_with(where) ? where.size() : 0)));
    }
    const bool fetched = kind == FileKind::html || kind == FileKind::git_lfs ||
                         kind == FileKind::empty || kind == FileKind::zeros;
    fail("safetensors",
         fmt::format("{} is {}, not weights (a safetensors file){}", path, in_words(kind),
                     kind == FileKind::git_lfs ? ": fetch them by 'git lfs pull', or download them "
                                                 "again"
                     : fetched                 ? ": download it again"
                                               : ""));
  }
}

void save_safetensors(const std::string& path, const SafeTensors& content, Precision precision) {
  write_file(path, serialise(content, precision));
}

}  // namespace rivulet::io

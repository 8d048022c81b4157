#include "rivulet/data/read_arrays.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "rivulet/data/labels.h"
#include "rivulet/data/picture_sets.h"
#include "rivulet/io/gzip.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/npy.h"
#include "rivulet/io/sniff.h"
#include "rivulet/io/text.h"
#include "rivulet/io/zip.h"

namespace rivulet::data {
namespace {

namespace fs = std::filesystem;
using io::ByteArray;
using io::Meaning;

// ---- Names -------------------------------------------------------------------------------------

/// The name in small letters, cut at whatever is neither letter nor digit.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words{""};
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 128 || std::isalnum(byte) != 0) {
      words.back() += static_cast<char>(byte < 128 ? std::tolower(byte) : byte);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

template <size_t N>
bool among(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, std::string_view(word)) != words.end();
}

constexpr std::array<std::string_view, 4> idx_words{"idx", "idx1", "idx3", "ubyte"};

// ---- Files -------------------------------------------------------------------------------------

ByteArray parse_array(std::span<const std::byte> file, Meaning meaning) {
  if (io::is_npy(file)) return io::parse_npy(file, meaning);
  if (io::is_idx(file)) return io::parse_idx(file, meaning);
  fail("pictures", fmt::format("it is {}, neither an idx nor an npy file",
                               io::in_words(io::kind_of_file(file))));
}

io::Bytes read_packed(const fs::path& path) {
  io::Bytes file = io::read_file(path.string(), max_set_bytes);
  return naming(
      path, [&] { return io::is_gzip(file) ? io::gunzip(file, max_set_bytes) : std::move(file); });
}

/// The only array of a file.
ByteArray read_array(const fs::path& path, Meaning meaning) {
  const io::Bytes file = read_packed(path);
  return naming(path, [&] {
    if (!io::is_zip(file)) return parse_array(file, meaning);
    const std::vector<io::ZipEntry> entries = io::unzip(file, max_set_bytes);
    if (entries.size() != 1) {
      fail("pictures", fmt::format("{} arrays in place of one", entries.size()));
    }
    return parse_array(entries[0].bytes, meaning);
  });
}

// ---- Labels ------------------------------------------------------------------------------------

std::vector<Attribute> read_attributes(const fs::path& path) {
  constexpr uint64_t largest = 1 << 20;
  const io::Bytes file = io::read_file(path.string(), largest);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  return naming(path, [&] { return parse_attributes(text); });
}

/// Labels [N,K] or [N].
struct Labels {
  std::vector<uint8_t> values;
  size_t each = 1;  // K
};

Labels labels_of(const fs::path& path, ByteArray array) {
  const int rank = array.shape.rank();
  const int64_t each = rank == 2 ? array.shape[1] : 1;
  if (rank < 1 || rank > 2 || each < 1 || each > static_cast<int64_t>(max_attributes)) {
    refuse(path, fmt::format("an array {}, not labels [N] or [N,K] with K of 1 to {}",
                             array.shape.str(), max_attributes));
  }
  return {.values = std::move(array.values), .each = static_cast<size_t>(each)};
}

/// A set whose files do not name its labels (Fashion-MNIST's are named as those of MNIST) is known
/// by its folder or its file; nullptr: it is none of those.
const PictureSet* known_by_path(const fs::path& file) {
  for (const PictureSet& set : picture_sets) {
    const auto says = [&](const fs::path& path) {
      return path.filename().string().find(set.name) != std::string::npos;
    };
    if (!set.classes.empty() && (says(file.parent_path()) || says(file))) return &set;
  }
  return nullptr;
}

void add_labels(Pictures& set, const fs::path& path, ByteArray array) {
  Labels labels = labels_of(path, std::move(array));
  if (labels.values.size() != static_cast<size_t>(set.count()) * labels.each) {
    refuse(path, fmt::format("{} labels, {} for each of {} pictures", labels.values.size(),
                             labels.each, set.count()));
  }
  const fs::path attributes = path.parent_path() / "attributes.json";
  if (fs::exists(attributes)) {
    set.attributes = read_attributes(attributes);
    if (set.attributes.size() != labels.each) {
      refuse(attributes, fmt::format("{} attributes, but {} labels for each picture",
                                     set.attributes.size(), labels.each));
    }
  } else if (const PictureSet* known = known_by_path(path); known && labels.each == 1) {
    set.attributes = {{.name = "class", .values = {known->classes.begin(), known->classes.end()}}};
  } else {
    set.attributes = naming(path, [&] { return numbered_attributes(labels.values, labels.each); });
  }
  set.labels = std::move(labels.values);
  naming(path, [&] { check_labels(set); });
}

/// Array files of a folder, sorted: the same order on every machine.
std::vector<fs::path> array_files(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (is_array_file(entry.path()) && entry.is_regular_file(ignored)) {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

/// Where the labels of this file of pictures are, if it has any.
std::optional<fs::path> labels_beside(const fs::path& pictures) {
  const ArrayName name = array_name(pictures.filename().string());
  const fs::path folder = pictures.has_parent_path() ? pictures.parent_path() : fs::path(".");
  for (const fs::path& path : array_files(folder)) {
    const ArrayName other = array_name(path.filename().string());
    if (other.labels && other.goes_with(name)) return folder / path.filename();
  }
  return std::nullopt;
}

// ---- Pictures ----------------------------------------------------------------------------------

/// [N,C,side,side] as [N,side,side,C].
std::vector<uint8_t> channels_last(std::span<const uint8_t> values, size_t count, size_t channels,
                                   size_t pixels) {
  std::vector<uint8_t> turned(values.size());
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      for (size_t p = 0; p < pixels; ++p) {
        turned[(i * pixels + p) * channels + c] = values[(i * channels + c) * pixels + p];
      }
    }
  }
  return turned;
}

Pictures pictures_of(const fs::path& path, ByteArray array) {
  const Shape& shape = array.shape;
  const int rank = shape.rank();
  const auto some_channels = [](int64_t n) { return n == 1 || n == 3; };
  const bool last = rank == 3 || (rank == 4 && shape[1] == shape[2] && some_channels(shape[3]));
  const bool first = !last && rank == 4 && shape[2] == shape[3] && some_channels(shape[1]);
  const int64_t side = rank < 3 ? 0 : first ? shape[2] : shape[1];
  const int64_t channels = rank == 4 ? shape[first ? 1 : 3] : 1;
  const bool square = first || (last && shape[1] == shape[2]);
  if (!square || shape[0] < 1 || side < 1 || side > max_set_side) {
    refuse(path, fmt::format("an array {}, not pictures [N,side,side], [N,side,side,C] or "
                             "[N,C,side,side] with 1 or 3 channels C and sides of 1 to {}",
                             shape.str(), max_set_side));
  }
  const PictureSet* const known = known_by_path(path);
  Pictures set{.name = known ? std::string(known->name) : path.stem().string(),
               .side = static_cast<int>(side),
               .channels = static_cast<int>(channels),
               .pixels = {},
               .attributes = {},
               .labels = {}};
  set.pixels = first && channels > 1
                   ? channels_last(array.values, static_cast<size_t>(shape[0]),
                                   static_cast<size_t>(channels), static_cast<size_t>(side * side))
                   : std::move(array.values);
  if (!array.stretched.empty()) {
    set.notes.push_back(
        fmt::format("{}: values of {} are taken as 0..255", path.string(), array.stretched));
  }
  return set;
}

// ---- Archives ----------------------------------------------------------------------------------

struct NamedArray {
  ArrayName name;
  const io::ZipEntry* entry = nullptr;
};

/// Archives of numpy.savez without names have arr_0, arr_1, ...: pictures, then labels.
std::vector<NamedArray> names_of(const std::vector<io::ZipEntry>& entries) {
  std::vector<NamedArray> arrays;
  arrays.reserve(entries.size());
  for (const io::ZipEntry& entry : entries) {
    NamedArray array{.name = array_name(entry.name), .entry = &entry};
    if (array.name.words == std::vector<std::string>{"arr", "1"}) array.name.labels = true;
    arrays.push_back(std::move(array));
  }
  return arrays;
}

const NamedArray* find(const std::vector<NamedArray>& arrays, bool labels, ArrayName::Part part) {
  const NamedArray* found = nullptr;
  for (const NamedArray& array : arrays) {
    if (array.name.labels != labels || array.name.part != part) continue;
    if (!found || (array.name.pictures && !found->name.pictures)) found = &array;
  }
  return found;
}

Pictures read_archive(const fs::path& path, std::span<const std::byte> file, Part part,
                      bool& has_parts) {
  const std::vector<io::ZipEntry> entries =
      naming(path, [&] { return io::unzip(file, max_set_bytes); });
  const std::vector<NamedArray> arrays = names_of(entries);
  using P = ArrayName::Part;
  const NamedArray* train = find(arrays, false, P::train);
  const NamedArray* test = find(arrays, false, P::test);
  if (!test) test = find(arrays, false, P::validation);
  has_parts = train && test;
  const NamedArray* pictures = has_parts && part == Part::test ? test : train;
  if (!pictures) pictures = find(arrays, false, P::whole);
  if (!pictures) {
    std::vector<std::string> names;
    for (const io::ZipEntry& entry : entries) names.push_back(io::printable(entry.name));
    refuse(path,
           fmt::format("an archive of {}, none of which is pictures by its name (images, x, "
                       "x_train, train_images, arr_0, ...)",
                       entries.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "))));
  }
  const auto read = [&](const NamedArray& array, Meaning meaning) {
    return naming(path / array.entry->name,
                  [&] { return parse_array(array.entry->bytes, meaning); });
  };
  Pictures set = pictures_of(path, read(*pictures, Meaning::pixels));
  const NamedArray* labels = find(arrays, true, pictures->name.part);
  if (!labels) return set;
  add_labels(set, path, read(*labels, Meaning::numbers));
  const NamedArray* other =
      has_parts ? find(arrays, true, pictures == train ? test->name.part : P::train) : nullptr;
  const size_t k = set.attributes.size();
  if (other && set.attributes == numbered_attributes(set.labels, k)) {
    std::vector<uint8_t> all = set.labels;
    const ByteArray more = read(*other, Meaning::numbers);
    if (more.values.size() % k != 0) refuse(path, "labels of another number in the other part");
    all.insert(all.end(), more.values.begin(), more.values.end());
    set.attributes = naming(path, [&] { return numbered_attributes(all, k); });
  }
  return set;
}

}  // namespace

void refuse(const fs::path& path, const std::string& why) {
  fail("pictures", io::printable(path.string()) + ": " + why);
}

ArrayName array_name(const std::string& name) {
  constexpr std::array<std::string_view, 3> endings{"npy", "npz", "gz"};
  constexpr std::array<std::string_view, 2> train{"train", "training"};
  constexpr std::array<std::string_view, 3> test{"test", "testing", "t10k"};
  constexpr std::array<std::string_view, 4> validation{"val", "valid", "validation", "dev"};
  constexpr std::array<std::string_view, 6> labels{"labels", "label",   "y",
                                                   "target", "targets", "classes"};
  constexpr std::array<std::string_view, 7> pictures{"images", "image",    "imgs",  "x",
                                                     "data",   "pictures", "pixels"};
  ArrayName found;
  for (std::string& word : words_of(name)) {
    if (among(word, train)) {
      found.part = ArrayName::Part::train;
    } else if (among(word, test)) {
      found.part = ArrayName::Part::test;
    } else if (among(word, validation)) {
      found.part = ArrayName::Part::validation;
    } else if (among(word, labels)) {
      found.labels = true;
    } else if (among(word, pictures)) {
      found.pictures = true;
    } else if (!among(word, endings) && !among(word, idx_words)) {
      found.words.push_back(std::move(word));
    }
  }
  return found;
}

bool is_array_file(const fs::path& path) {
  std::vector<std::string> words = words_of(path.filename().string());
  if (!words.empty() && words.back() == "gz") words.pop_back();
  if (words.size() < 2) return false;
  return words.back() == "npy" || words.back() == "npz" ||
         std::ranges::any_of(words, [](const auto& word) { return among(word, idx_words); });
}

Pictures read_array_file(const fs::path& path, Part part, bool& has_parts) {
  const io::Bytes file = read_packed(path);
  if (io::is_zip(file)) {
    Pictures set = read_archive(path, file, part, has_parts);
    if (set.labels.empty()) {
      if (const auto labels = labels_beside(path)) {
        add_labels(set, *labels, read_array(*labels, Meaning::numbers));
      }
    }
    return set;
  }
  Pictures set =
      pictures_of(path, naming(path, [&] { return parse_array(file, Meaning::pixels); }));
  if (const auto labels = labels_beside(path)) {
    add_labels(set, *labels, read_array(*labels, Meaning::numbers));
  }
  return set;
}

std::optional<fs::path> part_file(const fs::path& folder, ArrayName::Part part) {
  std::vector<fs::path> found;
  for (const fs::path& path : array_files(folder)) {
    const ArrayName name = array_name(path.filename().string());
    if (!name.labels && name.part == part) found.push_back(path);
  }
  // The same file packed and unpacked is one.
  const auto last = std::ranges::unique(
      found, [](const fs::path& a, const fs::path& b) { return b.string() == a.string() + ".gz"; });
  found.erase(last.begin(), last.end());
  if (found.size() > 1) {
    refuse(folder, fmt::format("holds several sets ({} and {}): give one of the files",
                               io::printable(found[0].filename().string()),
                               io::printable(found[1].filename().string())));
  }
  return found.empty() ? std::nullopt : std::optional(found[0]);
}

void widen(Pictures& set, const std::optional<fs::path>& other_part) {
  const size_t k = set.attributes.size();
  if (k == 0 || set.attributes != numbered_attributes(set.labels, k) || !other_part) return;
  const auto path = labels_beside(*other_part);
  if (!path) return;
  const Labels other = labels_of(*path, read_array(*path, Meaning::numbers));
  if (other.each != k) {
    refuse(*path, fmt::format("{} labels for each picture, {} in the other part", other.each, k));
  }
  std::vector<uint8_t> all = set.labels;
  all.insert(all.end(), other.values.begin(), other.values.end());
  set.attributes = naming(*path, [&] { return numbered_attributes(all, k); });
}

}  // namespace rivulet::data

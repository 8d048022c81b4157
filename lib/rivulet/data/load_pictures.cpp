// Reading picture sets from files and folders.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "rivulet/core/error.h"
#include "rivulet/data/labels.h"
#include "rivulet/data/picture_sets.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/gzip.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/npy.h"

namespace rivulet::data {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t max_bytes = uint64_t{1} << 30;  // of a file and of a set's pixels
constexpr int max_side = 1024;
constexpr int64_t held_out = 10;  // one picture in so many, where a set has no parts

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  fail("pictures", path.string() + ": " + why);
}

/// What `action` returns; an Error of a parser, which knows no names, is given the file's.
template <class Action>
auto naming(const fs::path& path, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    const std::string_view what = error.what();
    const size_t room = what.find("] ");
    refuse(path, std::string(what.substr(room == std::string_view::npos ? 0 : room + 2)));
  }
}

bool is_npy(std::span<const std::byte> file) {
  return file.size() >= 2 && file[0] == std::byte{0x93} && file[1] == std::byte{'N'};
}

io::ByteArray read_array(const fs::path& path) {
  io::Bytes file = io::read_file(path.string(), max_bytes);
  return naming(path, [&] {
    if (io::is_gzip(file)) file = io::gunzip(file, max_bytes);
    if (is_npy(file)) return io::parse_npy(file);
    if (file.size() >= 2 && file[0] == std::byte{0} && file[1] == std::byte{0}) {
      return io::parse_idx(file);
    }
    fail("pictures", "neither an idx nor an npy file");
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

Labels read_labels(const fs::path& path) {
  io::ByteArray array = read_array(path);
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

void add_labels(Pictures& set, const fs::path& path) {
  Labels labels = read_labels(path);
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

// ---- Arrays ------------------------------------------------------------------------------------

std::optional<fs::path> existing(const fs::path& path) {
  for (const char* ending : {"", ".gz"}) {
    fs::path candidate = path;
    candidate += ending;
    if (fs::exists(candidate)) return candidate;
  }
  return std::nullopt;
}

/// Where the labels of this file of pictures are, if it has any.
std::optional<fs::path> labels_beside(const fs::path& pictures) {
  std::string name = pictures.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  constexpr std::string_view images = "-images-idx3";
  const size_t at = name.find(images);
  if (at != std::string::npos) {
    name.replace(at, images.size(), "-labels-idx1");
  } else if (name.ends_with(".npy")) {
    name.insert(name.size() - 4, "-labels");
  } else {
    return std::nullopt;
  }
  return existing(pictures.parent_path() / name);
}

/// One file of pictures with the labels beside it.
Pictures load_array(const fs::path& path) {
  io::ByteArray array = read_array(path);
  const Shape& shape = array.shape;
  const int64_t channels = shape.rank() == 4 ? shape[3] : 1;
  const bool square = (shape.rank() == 3 || shape.rank() == 4) && shape[1] == shape[2];
  if (!square || shape[0] < 1 || shape[1] < 1 || shape[1] > max_side ||
      (channels != 1 && channels != 3)) {
    refuse(path, fmt::format("an array {}, not pictures [N,side,side] or [N,side,side,3] with "
                             "sides of 1 to {}",
                             shape.str(), max_side));
  }
  const PictureSet* const known = known_by_path(path);
  Pictures set{.name = known ? std::string(known->name) : path.stem().string(),
               .side = static_cast<int>(shape[1]),
               .channels = static_cast<int>(channels),
               .pixels = std::move(array.values),
               .attributes = {},
               .labels = {}};
  if (const auto labels = labels_beside(path)) {
    add_labels(set, *labels);
  }
  return set;
}

// ---- Folders of PNGs ---------------------------------------------------------------------------

bool hidden(const fs::path& path) { return path.filename().string().starts_with("."); }

bool is_png(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  });
  return ending == ".png";
}

/// What of the folder fits, sorted by name: the same order on every machine.
template <class Fits>
std::vector<fs::path> entries(const fs::path& folder, Fits fits) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!hidden(entry.path()) && fits(entry)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<fs::path> pngs_of(const fs::path& folder) {
  return entries(folder, [](const fs::directory_entry& entry) {
    return entry.is_regular_file() && is_png(entry.path());
  });
}

/// The PNGs of a folder, or of its sub-folders with these as labels.
struct PngList {
  std::vector<fs::path> files;
  std::vector<uint8_t> labels;
  Attribute attribute{.name = "class", .values = {}};
};

PngList list_pngs(const fs::path& folder) {
  PngList list{
      .files = pngs_of(folder), .labels = {}, .attribute = {.name = "class", .values = {}}};
  const bool flat = !list.files.empty();
  for (const fs::path& sub :
       entries(folder, [](const auto& entry) { return entry.is_directory(); })) {
    const std::vector<fs::path> files = pngs_of(sub);
    if (files.empty()) continue;
    if (flat) refuse(folder, "PNGs beside the sub-folders that would name their labels");
    if (list.attribute.values.size() == max_label_values) {
      refuse(folder, fmt::format("more than {} sub-folders with PNGs", max_label_values));
    }
    list.labels.insert(list.labels.end(), files.size(),
                       static_cast<uint8_t>(list.attribute.values.size()));
    list.attribute.values.push_back(sub.filename().string());
    list.files.insert(list.files.end(), files.begin(), files.end());
  }
  if (list.files.empty()) {
    refuse(folder, "holds no pictures (train.npy, idx files or PNGs)");
  }
  return list;
}

/// The colours of one PNG, [side,side,3].
std::vector<uint8_t> read_rgb(const fs::path& path, int& side, bool& grey) {
  constexpr uint64_t largest = uint64_t{64} << 20;
  const io::Bytes file = io::read_file(path.string(), largest);
  const io::Image image = naming(path, [&] { return io::decode_png(file, 0, max_side); });
  if (image.width != image.height) {
    refuse(path, fmt::format("{} x {} pixels, not a square", image.width, image.height));
  }
  if (side == 0) side = image.width;
  if (image.width != side) {
    refuse(path,
           fmt::format("{0} x {0} pixels, but those before it have {1} x {1}", image.width, side));
  }
  std::vector<uint8_t> rgb(static_cast<size_t>(side) * static_cast<size_t>(side) * 3);
  convert_pixels(image.pixels, image.channels, rgb, 3);
  for (size_t i = 0; grey && i < rgb.size(); i += 3) {
    grey = rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2];
  }
  return rgb;
}

Pictures load_pngs(const fs::path& folder) {
  PngList list = list_pngs(folder);
  Pictures set{.name = folder.filename().string(),
               .side = 0,
               .channels = 3,
               .pixels = {},
               .attributes = {},
               .labels = std::move(list.labels)};
  if (!set.labels.empty()) set.attributes.push_back(std::move(list.attribute));
  bool grey = true;
  for (const fs::path& path : list.files) {
    const std::vector<uint8_t> rgb = read_rgb(path, set.side, grey);
    if (rgb.size() * list.files.size() > max_bytes) {
      refuse(folder, fmt::format("{} pictures of {} bytes are more than {} bytes",
                                 list.files.size(), rgb.size(), max_bytes));
    }
    set.pixels.insert(set.pixels.end(), rgb.begin(), rgb.end());
  }
  if (grey) {
    for (size_t i = 0; 3 * i < set.pixels.size(); ++i) set.pixels[i] = set.pixels[3 * i];
    set.pixels.resize(set.pixels.size() / 3);
    set.channels = 1;
  }
  return set;
}

// ---- Parts -------------------------------------------------------------------------------------

template <class T>
void keep(std::vector<T>& values, int64_t count, int64_t size, Part part) {
  const auto each = static_cast<size_t>(size);
  size_t kept = 0;
  for (int64_t i = 0; i < count; ++i) {
    if ((i % held_out == held_out - 1) != (part == Part::test)) continue;
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(i * size);
    std::copy_n(from, each, values.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += each;
  }
  values.resize(kept);
}

Pictures part_of(Pictures set, const fs::path& path, Part part) {
  const int64_t count = set.count();
  if (part == Part::test && count < held_out) {
    refuse(path, fmt::format("{} pictures are too few to hold out every tenth", count));
  }
  keep(set.pixels, count, set.numel(), part);
  keep(set.labels, count, static_cast<int64_t>(set.attributes.size()), part);
  return set;
}

/// The set's own file for this part, if the folder is of that kind.
std::optional<fs::path> part_file(const fs::path& folder, Part part) {
  const bool train = part == Part::train;
  if (fs::exists(folder / "train.npy")) return folder / (train ? "train.npy" : "test.npy");
  const char* ending = "-images-idx3-ubyte";
  if (!existing(folder / (std::string("train") + ending))) return std::nullopt;
  const fs::path file = folder / (std::string(train ? "train" : "t10k") + ending);
  return existing(file).value_or(file);
}

/// Labels whose names are only numbers: counts those of the other part as well, so that both parts
/// have the same attributes.
void widen(Pictures& set, const std::optional<fs::path>& other_part) {
  const size_t k = set.attributes.size();
  if (k == 0 || set.attributes != numbered_attributes(set.labels, k) || !other_part) return;
  const auto path = labels_beside(*other_part);
  if (!path) return;
  const Labels other = read_labels(*path);
  if (other.each != k) {
    refuse(*path, fmt::format("{} labels for each picture, {} in the other part", other.each, k));
  }
  std::vector<uint8_t> all = set.labels;
  all.insert(all.end(), other.values.begin(), other.values.end());
  set.attributes = naming(*path, [&] { return numbered_attributes(all, k); });
}

Pictures load(fs::path path, Part part) {
  if (!fs::exists(path)) refuse(path, "there is no such file or folder");
  if (!fs::is_directory(path)) return part_of(load_array(path), path, part);
  path = fs::absolute(path).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  if (const auto file = part_file(path, part)) {
    Pictures set = load_array(*file);
    widen(set, part_file(path, part == Part::train ? Part::test : Part::train));
    if (!known_by_path(*file)) set.name = path.filename().string();
    return set;
  }
  return part_of(load_pngs(path), path, part);
}

}  // namespace

Pictures load_pictures(const std::string& path, Part part) {
  try {
    return load(path, part);
  } catch (const fs::filesystem_error& error) {
    refuse(path, error.code().message());
  }
}

}  // namespace rivulet::data

// Reading picture sets from files and folders.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/labels.h"
#include "rivulet/data/picture_sets.h"
#include "rivulet/data/pictures.h"
#include "rivulet/data/read_arrays.h"
#include "rivulet/data/read_folders.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/text.h"

namespace rivulet::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t held_out = 10;  // one picture in so many, where a set has no parts

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

/// Of a set that has no parts of its own.
Pictures part_of(Pictures set, Part part) {
  const int64_t count = set.count();
  if (count < held_out) {
    if (part == Part::test) {
      set.notes.push_back(fmt::format(
          "{} pictures are too few to hold out every tenth: all serve for both", count));
    }
    return set;
  }
  keep(set.pixels, count, set.numel(), part);
  keep(set.labels, count, static_cast<int64_t>(set.attributes.size()), part);
  return set;
}

std::optional<Pictures> load_arrays(const fs::path& folder, Part part) {
  using P = ArrayName::Part;
  std::optional<fs::path> train = part_file(folder, P::train);
  if (!train) {  // an array of no part counts where there is nothing else
    const bool others = !part_folders(folder).train.empty() || !list_folder(folder).files.empty();
    if (!others) train = part_file(folder, P::whole);
  }
  if (!train) return std::nullopt;
  std::optional<fs::path> test = part_file(folder, P::test);
  if (!test) test = part_file(folder, P::validation);
  const fs::path& file = test && part == Part::test ? *test : *train;
  bool has_parts = false;  // within the file
  Pictures set = read_array_file(file, part, has_parts);
  widen(set, part == Part::test ? train : test);
  const PictureSet* const known = find_picture_set(set.name);
  if (!known || known->classes.empty()) set.name = folder.filename().string();
  return test || has_parts ? std::move(set) : part_of(std::move(set), part);
}

Pictures load_folder(const fs::path& folder, Part part) {
  const PartFolders parts = part_folders(folder);
  if (parts.train.empty()) {
    const PictureFolder list = list_folder(folder);
    return part_of(read_folder(folder, list, list.classes), part);
  }
  const PictureFolder train = list_folder(parts.train);
  const PictureFolder test = parts.test.empty() ? PictureFolder{} : list_folder(parts.test);
  std::vector<std::string> classes = train.classes;
  classes.insert(classes.end(), test.classes.begin(), test.classes.end());
  std::ranges::sort(classes, io::natural_less);
  const auto same = std::ranges::unique(classes);
  classes.erase(same.begin(), same.end());
  if (classes.size() > max_label_values) {
    refuse(folder, fmt::format("more than {} classes in both parts", max_label_values));
  }
  // A part without sub-folders has no labels, and then neither has the other.
  if (train.classes.empty() || (!test.files.empty() && test.classes.empty())) classes.clear();
  const bool held = part == Part::test && !test.files.empty();
  Pictures set =
      held ? read_folder(parts.test, test, classes) : read_folder(parts.train, train, classes);
  set.name = folder.filename().string();
  return test.files.empty() ? part_of(std::move(set), part) : set;
}

Pictures load(fs::path path, Part part) {
  if (path.empty()) refuse(path, "no folder and no file is given");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    refuse(path, error && status.type() != fs::file_type::not_found
                     ? error.message()
                     : "there is no such file or folder");
  }
  if (!fs::is_directory(status)) {
    bool has_parts = false;
    Pictures set = read_array_file(path, part, has_parts);
    return has_parts ? set : part_of(std::move(set), part);
  }
  path = fs::absolute(path).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  if (std::optional<Pictures> set = load_arrays(path, part)) return *std::move(set);
  return load_folder(path, part);
}

}  // namespace

Pictures load_pictures(const std::string& path, Part part) {
  try {
    Pictures set = load(path, part);
    if (!io::is_utf8(set.name)) refuse(path, "its name is no UTF-8: rename it");
    return set;
  } catch (const fs::filesystem_error& error) {
    refuse(path, error.code().message());
  }
}

uint32_t fingerprint(const Pictures& set) {
  const std::string head = fmt::format("{}x{}x{} {}", set.count(), set.side, set.channels,
                                       attributes_json(set.attributes));
  uint32_t sum = io::crc32(std::as_bytes(std::span(head)));
  sum = io::crc32(std::as_bytes(std::span(set.labels)), sum);
  return io::crc32(std::as_bytes(std::span(set.pixels)), sum);
}

}  // namespace rivulet::data

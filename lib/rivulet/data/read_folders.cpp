#include "rivulet/data/read_folders.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rivulet/data/labels.h"
#include "rivulet/data/read_arrays.h"
#include "rivulet/io/sniff.h"
#include "rivulet/io/text.h"

namespace rivulet::data {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 16;  // folders within a class

bool hidden(const fs::path& path) { return path.filename().string().starts_with("."); }

std::string small_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  });
  return ending;
}

bool is_picture(const fs::path& path) { return small_ending(path) == ".png"; }

/// A picture that a person would expect to be read, and that is not.
bool is_other_picture(const fs::path& path) {
  constexpr std::array<std::string_view, 8> endings{".jpg",  ".jpeg", ".gif",  ".bmp",
                                                    ".webp", ".tif",  ".tiff", ".heic"};
  return std::ranges::find(endings, std::string_view(small_ending(path))) != endings.end();
}

bool by_nature(const fs::path& a, const fs::path& b) {
  return io::natural_less(a.string(), b.string());
}

/// What a folder holds directly, each in natural order.
struct Entries {
  std::vector<fs::path> pictures;
  std::vector<fs::path> folders;
};

std::string shown(const fs::path& path) { return io::printable(path.string()); }

/// Whether a link leads to the folder that it is in, or to one around it.
bool leads_back(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return true;
  const fs::path own = fs::canonical(link.parent_path(), error);
  if (error) return true;
  const auto [rest, at] = std::ranges::mismatch(target, own);
  return rest == target.end();
}

Entries entries_of(const fs::path& folder, PictureFolder& list) {
  Entries found;
  const auto leave_out = [&](const fs::path& path, const std::string& why) {
    list.left_out.push_back(fmt::format("{} ({})", shown(path), why));
  };
  std::error_code error;
  fs::directory_iterator at(folder, error);
  if (error) leave_out(folder, error.message());
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    if (hidden(path)) continue;
    std::error_code reason;
    const fs::file_status status = fs::status(path, reason);
    if (reason || status.type() == fs::file_type::not_found) {
      const bool link = fs::is_symlink(fs::symlink_status(path, reason));
      leave_out(path, link ? "a link that leads nowhere" : "it cannot be looked at");
    } else if (fs::is_directory(status)) {
      const bool link = fs::is_symlink(fs::symlink_status(path, reason));
      if (link && leads_back(path)) {
        leave_out(path, "a link back to where it is");
      } else {
        found.folders.push_back(path);
      }
    } else if (fs::is_regular_file(status) && is_picture(path)) {
      if (access(path.c_str(), R_OK) == 0) {
        found.pictures.push_back(path);
      } else {
        leave_out(path, "it may not be read");
      }
    } else if (is_other_picture(path)) {
      list.other_pictures.push_back(shown(path));
    }
  }
  std::ranges::sort(found.pictures, by_nature);
  std::ranges::sort(found.folders, by_nature);
  return found;
}

/// Pictures of a folder and of all folders in it.
void gather(const fs::path& folder, int depth, PictureFolder& list, std::vector<fs::path>& files) {
  if (depth > deepest) {
    list.left_out.push_back(fmt::format("{} (too deep)", shown(folder)));
    return;
  }
  const Entries entries = entries_of(folder, list);
  files.insert(files.end(), entries.pictures.begin(), entries.pictures.end());
  for (const fs::path& sub : entries.folders) gather(sub, depth + 1, list, files);
}

void check_name(const fs::path& folder, const std::string& what) {
  const std::string name = folder.filename().string();
  if (!io::is_utf8(name)) {
    refuse(folder, fmt::format("the name of {} is no UTF-8, and names are kept with the weights: "
                               "rename it",
                               what));
  }
}

constexpr auto other_advice = "others become PNG by: mogrify -format png *.jpg";

std::string side_advice() {
  return "; scaled and cut to one square they are read, as by: mogrify -resize 32x32^ -gravity "
         "center -extent 32x32 *.png";
}

/// The colours of one picture, [side,side,3].
std::vector<uint8_t> read_rgb(const fs::path& path, int& side, bool& grey) {
  constexpr uint64_t largest = uint64_t{64} << 20;
  const io::Bytes file = io::read_file(path.string(), largest);
  if (const io::FileKind kind = io::kind_of_file(file); kind != io::FileKind::png) {
    refuse(path, fmt::format("it is {}, not a PNG picture; {}", io::in_words(kind), other_advice));
  }
  const io::Image image = naming(path, [&] { return io::decode_png(file, 0, max_set_side); });
  if (image.width != image.height) {
    refuse(path,
           fmt::format("{} x {} pixels, not a square{}", image.width, image.height, side_advice()));
  }
  if (side == 0) side = image.width;
  if (image.width != side) {
    refuse(path, fmt::format("{0} x {0} pixels, but those before it have {1} x {1}{2}", image.width,
                             side, side_advice()));
  }
  std::vector<uint8_t> rgb(static_cast<size_t>(side) * static_cast<size_t>(side) * 3);
  convert_pixels(image.pixels, image.channels, rgb, 3);
  for (size_t i = 0; grey && i < rgb.size(); i += 3) {
    grey = rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2];
  }
  return rgb;
}

std::string counted(size_t count, const char* one, const char* many) {
  return count == 1 ? one : fmt::format("{} {}", count, many);
}

}  // namespace

PictureFolder list_folder(const fs::path& folder) {
  PictureFolder list;
  check_name(folder, "the folder");
  Entries entries = entries_of(folder, list);
  const bool flat = !entries.pictures.empty();
  list.files = std::move(entries.pictures);
  for (const fs::path& sub : entries.folders) {
    std::vector<fs::path> files;
    gather(sub, 1, list, files);
    if (files.empty()) continue;
    if (flat) {
      refuse(folder, fmt::format("pictures beside the sub-folders that would name their labels "
                                 "({} and {})",
                                 io::printable(list.files[0].filename().string()),
                                 io::printable(sub.filename().string())));
    }
    check_name(sub, "a class");
    if (list.classes.size() == max_label_values) {
      refuse(folder, fmt::format("more than {} sub-folders with pictures", max_label_values));
    }
    list.labels.insert(list.labels.end(), files.size(), static_cast<uint8_t>(list.classes.size()));
    list.classes.push_back(sub.filename().string());
    list.files.insert(list.files.end(), files.begin(), files.end());
  }
  return list;
}

PartFolders part_folders(const fs::path& folder) {
  PictureFolder ignored;
  const Entries entries = entries_of(folder, ignored);
  PartFolders parts;
  fs::path validation;
  if (!entries.pictures.empty()) return {};
  for (const fs::path& sub : entries.folders) {
    const ArrayName name = array_name(sub.filename().string());
    using P = ArrayName::Part;
    const bool plain = name.words.empty() && name.part != P::whole;
    fs::path& place = name.part == P::train  ? parts.train
                      : name.part == P::test ? parts.test
                                             : validation;
    if (plain && place.empty()) {
      place = sub;
      continue;
    }
    std::vector<fs::path> files;
    gather(sub, 1, ignored, files);
    if (!files.empty()) return {};
  }
  if (parts.test.empty()) parts.test = validation;
  return parts.train.empty() ? PartFolders{} : parts;
}

Pictures read_folder(const fs::path& folder, const PictureFolder& list,
                     const std::vector<std::string>& classes) {
  Pictures set{.name = folder.filename().string(),
               .side = 0,
               .channels = 3,
               .pixels = {},
               .attributes = {},
               .labels = {}};
  if (list.files.empty()) {
    const std::string others =
        list.other_pictures.empty()
            ? ""
            : fmt::format("; {} is no PNG: {}", list.other_pictures[0], other_advice);
    const std::string unread = list.left_out.empty() ? "" : "; left out: " + list.left_out[0];
    refuse(folder,
           "holds no pictures (PNG files, arrays such as train.npy, idx files)" + others + unread);
  }
  if (!classes.empty()) {
    set.attributes = {{.name = "class", .values = classes}};
    for (const uint8_t label : list.labels) {
      const auto found = std::ranges::find(classes, list.classes[label]);
      set.labels.push_back(static_cast<uint8_t>(found - classes.begin()));
    }
  }
  bool grey = true;
  for (const fs::path& path : list.files) {
    const std::vector<uint8_t> rgb = read_rgb(path, set.side, grey);
    if (rgb.size() * list.files.size() > max_set_bytes) {
      refuse(folder, fmt::format("{} pictures of {} bytes are more than {} bytes",
                                 list.files.size(), rgb.size(), max_set_bytes));
    }
    set.pixels.insert(set.pixels.end(), rgb.begin(), rgb.end());
  }
  if (grey) {
    for (size_t i = 0; 3 * i < set.pixels.size(); ++i) set.pixels[i] = set.pixels[3 * i];
    set.pixels.resize(set.pixels.size() / 3);
    set.channels = 1;
  }
  if (!list.left_out.empty()) {
    set.notes.push_back(fmt::format(
        "left out {}: {}", counted(list.left_out.size(), "one entry", "entries, the first"),
        list.left_out[0]));
  }
  if (!list.other_pictures.empty()) {
    set.notes.push_back(fmt::format("left out {}: {}",
                                    counted(list.other_pictures.size(), "a picture that is no PNG",
                                            "pictures that are no PNG, the first"),
                                    list.other_pictures[0]));
  }
  return set;
}

}  // namespace rivulet::data

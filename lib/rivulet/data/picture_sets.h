// The picture sets that are known by name: a further one is one more row here (and its files).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/data/pictures.h"

namespace rivulet::data {

struct PictureSet {
  std::string_view name = {};   ///< in links, cards and names of files
  std::string_view words = {};  ///< what its pictures are
  int side = 0;                 ///< of a picture, in pixels
  int channels = 0;             ///< 1 grey, 3 RGB
  /// Where it usually lies: an absolute path, or one below the folder of downloaded sets.
  std::string_view folder = {};
  /// What label 0, 1, ... means where its files do not say; empty where they do.
  std::span<const std::string_view> classes = {};
};

inline constexpr std::array<std::string_view, 10> garments = {
    "T-shirt", "trousers", "pullover", "dress", "coat",
    "sandal",  "shirt",    "sneaker",  "bag",   "boot"};

inline constexpr std::array picture_sets = {
    PictureSet{.name = "avatars",
               .words = "avatars of 16x16 pixels",
               .side = 16,
               .channels = 3,
               .folder = "avatars"},
    PictureSet{.name = "fashion",
               .words = "Fashion-MNIST, clothes of 28x28 pixels",
               .side = 28,
               .channels = 1,
               .folder = "/usr/share/datasets/fashion-mnist",
               .classes = garments},
};

/// Their names, in the same order: for settings and links.
inline constexpr auto picture_set_names = [] {
  std::array<std::string_view, picture_sets.size()> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = picture_sets[i].name;
  return names;
}();

/// The set of that name; nullptr when there is none.
[[nodiscard]] const PictureSet* find_picture_set(std::string_view name);

/// The file of assets/models that holds a model of that kind: "shortcut-avatars.safetensors".
[[nodiscard]] std::string weights_file(std::string_view kind, std::string_view set);
/// The file of assets/pictures that holds pictures of that part: "avatars-train.png".
[[nodiscard]] std::string sheet_file(std::string_view set, Part part);

}  // namespace rivulet::data

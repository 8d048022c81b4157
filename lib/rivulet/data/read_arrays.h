// Pictures and labels from arrays in files: idx, npy, npz. A part of load_pictures.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/byte_array.h"

namespace rivulet::data {

inline constexpr uint64_t max_set_bytes = uint64_t{1} << 30;  // of a file and of a set's pixels
inline constexpr int max_set_side = 1024;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why);

/// What `action` returns; an Error of a parser, which knows no names, is given the file's.
template <class Action>
auto naming(const std::filesystem::path& path, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    const std::string_view what = error.what();
    const size_t room = what.find("] ");
    refuse(path, std::string(what.substr(room == std::string_view::npos ? 0 : room + 2)));
  }
}

/// What a file or an array in an archive is by its name: "train-images.idx3-ubyte.gz", "x_train".
struct ArrayName {
  enum class Part : uint8_t { whole, train, test, validation } part = Part::whole;
  bool labels = false;
  bool pictures = false;           ///< said in words: "images", "x"
  std::vector<std::string> words;  ///< the others
  /// Whether these are the labels of those pictures.
  [[nodiscard]] bool goes_with(const ArrayName& other) const {
    return part == other.part && words == other.words;
  }
};
[[nodiscard]] ArrayName array_name(const std::string& name);
/// Whether a file of that name is an array: an ending of npy, npz or idx.
[[nodiscard]] bool is_array_file(const std::filesystem::path& path);

/// A set from one file, its labels beside or in it. `part` matters to an archive that has parts:
/// then `has_parts` becomes true.
[[nodiscard]] Pictures read_array_file(const std::filesystem::path& path, Part part,
                                       bool& has_parts);

/// The set's file of that part in a folder of arrays, if it is one. Throws where there are several.
[[nodiscard]] std::optional<std::filesystem::path> part_file(const std::filesystem::path& folder,
                                                             ArrayName::Part part);

/// Labels whose names are only numbers: counts those of the other part's file as well, so that both
/// parts have the same attributes.
void widen(Pictures& set, const std::optional<std::filesystem::path>& other_part);

}  // namespace rivulet::data

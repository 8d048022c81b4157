// Folders of picture files, as people have them. A part of load_pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"

namespace rivulet::data {

/// What a folder holds, before any picture is read.
struct PictureFolder {
  std::vector<std::filesystem::path> files;  ///< in natural order, class by class
  std::vector<std::string> classes;   ///< of sub-folders; none: the pictures lie in the folder
  std::vector<uint8_t> labels;        ///< an index into them for each file
  std::vector<std::string> left_out;  ///< what could not be followed or read, and why
  std::vector<std::string> other_pictures;  ///< of formats that are not read
};

/// Lists the pictures of a folder and, as classes, of its sub-folders at any depth. Throws Error
/// for pictures beside sub-folders with pictures, and for names that are no UTF-8.
[[nodiscard]] PictureFolder list_folder(const std::filesystem::path& folder);

/// The sub-folders that are parts ("train", "test", ...), where all that hold pictures are such.
struct PartFolders {
  std::filesystem::path train;
  std::filesystem::path test;  ///< empty: there is none
};
/// Empty paths: the folder is not of that kind.
[[nodiscard]] PartFolders part_folders(const std::filesystem::path& folder);

/// The pictures of that list, with `classes` as what its labels mean.
[[nodiscard]] Pictures read_folder(const std::filesystem::path& folder, const PictureFolder& list,
                                   const std::vector<std::string>& classes);

}  // namespace rivulet::data

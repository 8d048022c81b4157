// Sets of pictures in files, made for tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "byte_files.h"
#include "rivulet/data/pictures.h"
#include "rivulet/io/idx.h"
#include "rivulet/io/npy.h"

namespace rivulet::test {

/// Picture i is all of value i.
inline io::ByteArray pictures(Shape shape) {
  io::ByteArray array{.shape = shape, .values = {}};
  for (int64_t i = 0; i < shape[0]; ++i) {
    array.values.insert(array.values.end(), static_cast<size_t>(shape.numel() / shape[0]),
                        static_cast<uint8_t>(i));
  }
  return array;
}

/// [n], label i % values.
inline io::ByteArray labels(int64_t n, int values) {
  io::ByteArray array{.shape = {n}, .values = {}};
  for (int64_t i = 0; i < n; ++i) array.values.push_back(static_cast<uint8_t>(i % values));
  return array;
}

inline void write_idx(const std::string& path, const io::ByteArray& array) {
  const io::Bytes bytes = io::idx_bytes(array);
  io::write_file(path, path.ends_with(".gz") ? gzipped(bytes) : bytes);
}

inline void write_npy(const std::string& path, const io::ByteArray& array) {
  io::write_file(path, io::npy_bytes(array));
}

inline void write_text(const std::string& path, std::string_view text) {
  io::write_file(path, bytes_of(text));
}

inline io::Image flat(int width, int height, std::vector<uint8_t> colour) {
  io::Image image{
      .width = width, .height = height, .channels = static_cast<int>(colour.size()), .pixels = {}};
  for (int i = 0; i < width * height; ++i) {
    image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
  }
  return image;
}

/// One sentence that names the file and says why.
inline void check_refused(const std::string& path, std::string_view file, std::string_view because,
                          data::Part part = data::Part::train) {
  const std::string message = refusal([&] { (void)data::load_pictures(path, part); });
  CAPTURE(message);
  CAPTURE(because);
  CHECK(message.find(file) != std::string::npos);
  CHECK(message.find(because) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace rivulet::test

#include "rivulet/io/png.h"

#include <fmt/format.h>

#include "rivulet/core/error.h"
#include "rivulet/io/sniff.h"

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace rivulet::io {
namespace {

constexpr uint64_t max_file = uint64_t{1} << 28;  // what is longer is no picture of such sides

bool known(int channels) { return channels == 1 || channels == 3 || channels == 4; }

}  // namespace

Bytes encode_png(const Image& image) {
  const bool sides = image.width >= 1 && image.height >= 1 && image.width <= max_picture_side &&
                     image.height <= max_picture_side;
  if (!sides || !known(image.channels) ||
      image.pixels.size() != static_cast<size_t>(image.width) * static_cast<size_t>(image.height) *
                                 static_cast<size_t>(image.channels)) {
    fail("png", fmt::format("cannot write {} values as {} x {} with {} channels",
                            image.pixels.size(), image.width, image.height, image.channels));
  }
  Bytes file;
  const auto append = [](void* context, void* data, int size) {
    const auto* first = static_cast<const std::byte*>(data);
    auto& out = *static_cast<Bytes*>(context);
    out.insert(out.end(), first, first + size);
  };
  if (stbi_write_png_to_func(append, &file, image.width, image.height, image.channels,
                             image.pixels.data(), image.width * image.channels) == 0) {
    fail("png", "out of memory");
  }
  return file;
}

Image load_png(const std::string& path, int channels) {
  const Bytes file = read_file(path, max_file);
  if (const FileKind kind = kind_of_file(file); kind != FileKind::png) {
    fail("png", fmt::format("{} is {}, not a PNG picture", path, in_words(kind)));
  }
  try {
    return decode_png(file, channels);
  } catch (const Error& error) {
    constexpr std::string_view where = "[png] ";
    const std::string_view what = error.what();
    fail("png",
         fmt::format("{}: {}", path, what.substr(what.starts_with(where) ? where.size() : 0)));
  }
}

void save_png(const std::string& path, const Image& image) { write_file(path, encode_png(image)); }

}  // namespace rivulet::io

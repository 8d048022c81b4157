#include "formats/formats.h"

#include <jpeglib.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "rivulet/core/error.h"

namespace rivulet::formats {
namespace {

struct Free {
  void operator()(uint8_t* memory) const { std::free(memory); }
};

// ---- JPEG --------------------------------------------------------------------------------------

/// Bytes from the start of the scan's data to the end marker: without tables.
size_t scan_bytes(std::span<const uint8_t> file) {
  for (size_t at = 2; at + 4 <= file.size();) {
    const size_t length = size_t{file[at + 2]} << 8 | file[at + 3];
    if (file[at + 1] == 0xda) return file.size() - 2 - (at + 2 + length);
    at += 2 + length;
  }
  return 0;
}

std::vector<uint8_t> write_jpeg(const Picture& picture, int quality) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  uint8_t* memory = nullptr;
  unsigned long size = 0;  // as the library has it
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = jpeg.image_height = static_cast<unsigned>(picture.side);
  jpeg.input_components = picture.channels;
  jpeg.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.optimize_coding = TRUE;
  // Drawings suffer most from colours of half the size.
  for (int c = 0; c < jpeg.num_components; ++c) {
    jpeg.comp_info[c].h_samp_factor = jpeg.comp_info[c].v_samp_factor = 1;
  }
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(picture.side * picture.channels));
  while (jpeg.next_scanline < jpeg.image_height) {
    const auto from = picture.pixels.subspan(jpeg.next_scanline * row.size(), row.size());
    std::ranges::copy(from, row.begin());
    uint8_t* line = row.data();
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  const std::unique_ptr<uint8_t, Free> owned(memory);
  jpeg_destroy_compress(&jpeg);
  return {memory, memory + size};
}

Stored store_jpeg(const Picture& picture, int quality) {
  const std::vector<uint8_t> file = write_jpeg(picture, quality);
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, file.data(), file.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg_start_decompress(&jpeg);
  Stored stored{.bytes = file.size(), .payload = scan_bytes(file), .pixels = {}};
  stored.pixels.resize(picture.pixels.size());
  const size_t row = picture.pixels.size() / static_cast<size_t>(picture.side);
  while (jpeg.output_scanline < jpeg.output_height) {
    uint8_t* line = stored.pixels.data() + jpeg.output_scanline * row;
    jpeg_read_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return stored;
}

// ---- WebP --------------------------------------------------------------------------------------

std::vector<uint8_t> in_channels(std::span<const uint8_t> pixels, int from, int to) {
  if (from == to) return {pixels.begin(), pixels.end()};
  std::vector<uint8_t> out;
  for (size_t i = 0; i < pixels.size(); i += static_cast<size_t>(from)) {
    for (int c = 0; c < to; ++c) out.push_back(pixels[i]);  // greys: all channels are alike
  }
  return out;
}

Stored store_webp(const Picture& picture, const WebPConfig& config) {
  WebPPicture frame;
  WebPMemoryWriter memory;
  if (WebPPictureInit(&frame) == 0) fail("webp", "another version of the library is in use");
  WebPMemoryWriterInit(&memory);
  frame.width = frame.height = picture.side;
  frame.use_argb = config.lossless;
  frame.writer = WebPMemoryWrite;
  frame.custom_ptr = &memory;
  const std::vector<uint8_t> rgb = in_channels(picture.pixels, picture.channels, 3);
  const bool written = WebPPictureImportRGB(&frame, rgb.data(), 3 * picture.side) != 0 &&
                       WebPEncode(&config, &frame) != 0;
  WebPPictureFree(&frame);
  std::vector<uint8_t> decoded(rgb.size());
  const bool read = written && WebPDecodeRGBInto(memory.mem, memory.size, decoded.data(),
                                                 decoded.size(), 3 * picture.side) != nullptr;
  constexpr size_t container = 20;  // RIFF, its size, WEBP, the chunk's name and size
  Stored stored{.bytes = memory.size,
                .payload = memory.size - std::min(memory.size, container),
                .pixels = in_channels(decoded, 3, picture.channels)};
  WebPMemoryWriterClear(&memory);
  if (!read) fail("webp", "a picture could not be written and read again");
  return stored;
}

WebPConfig lossy_webp(float quality) {
  WebPConfig config;
  if (WebPConfigInit(&config) == 0) fail("webp", "another version of the library is in use");
  config.quality = quality;
  config.method = 6;
  return config;
}

WebPConfig lossless_webp() {
  WebPConfig config = lossy_webp(100);
  if (WebPConfigLosslessPreset(&config, 9) == 0) fail("webp", "there is no lossless preset 9");
  return config;
}

// ---- deflate, alone and in PNG -----------------------------------------------------------------

/// Bytes that deflate makes of these at its best, in zlib's frame or bare.
size_t deflated(std::span<const uint8_t> bytes, bool bare) {
  size_t best = SIZE_MAX;
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, bare ? -15 : 15, 9, strategy) != Z_OK) {
      fail("deflate", "zlib would not begin");
    }
    std::vector<uint8_t> out(deflateBound(&stream, bytes.size()));
    std::vector<uint8_t> in(bytes.begin(), bytes.end());
    stream.next_in = in.data();
    stream.avail_in = static_cast<unsigned>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    best = std::min<size_t>(best, stream.total_out);
    deflateEnd(&stream);
    if (!done) fail("deflate", "zlib would not end");
  }
  return best;
}

/// The few colours of a picture, and which of them each pixel has.
struct Indexed {
  std::vector<uint8_t> palette;  // [n,channels]
  std::vector<uint8_t> indices;  // [side,side]
  [[nodiscard]] size_t colours(int channels) const {
    return palette.size() / static_cast<size_t>(channels);
  }
};

std::optional<Indexed> indexed(const Picture& picture) {
  const auto depth = static_cast<size_t>(picture.channels);
  Indexed result;
  for (size_t i = 0; i < picture.pixels.size(); i += depth) {
    const auto pixel = picture.pixels.subspan(i, depth);
    size_t index = 0;
    while (index * depth < result.palette.size() &&
           !std::ranges::equal(std::span(result.palette).subspan(index * depth, depth), pixel)) {
      ++index;
    }
    if (index == 256) return std::nullopt;
    if (index * depth == result.palette.size()) {
      result.palette.insert(result.palette.end(), pixel.begin(), pixel.end());
    }
    result.indices.push_back(static_cast<uint8_t>(index));
  }
  return result;
}

/// Indices of so many bits, rows beginning at whole bytes; `filter` is put before each row.
std::vector<uint8_t> packed(const Indexed& indexed, int side, int bits, bool filter) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < indexed.indices.size(); ++i) {
    const auto column = static_cast<int>(i % static_cast<size_t>(side));
    if (column == 0 && filter) bytes.push_back(0);
    const int used = column * bits % 8;
    if (used == 0) bytes.push_back(0);
    bytes.back() = static_cast<uint8_t>(bytes.back() | indexed.indices[i] << (8 - used - bits));
  }
  return bytes;
}

/// Widths that hold all indices.
std::vector<int> widths(size_t colours) {
  std::vector<int> fitting;
  for (const int bits : {1, 2, 4, 8}) {
    if (colours <= size_t{1} << bits) fitting.push_back(bits);
  }
  return fitting;
}

/// The pixels as PNG filters them, all rows by the same of its filters 0..4.
std::vector<uint8_t> filtered(const Picture& picture, int filter) {
  const auto n = static_cast<size_t>(picture.channels);
  const size_t row = picture.pixels.size() / static_cast<size_t>(picture.side);
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    const bool first = i % row < n;
    if (i % row == 0) bytes.push_back(static_cast<uint8_t>(filter));
    const int left = first ? 0 : picture.pixels[i - n];
    const int up = i < row ? 0 : picture.pixels[i - row];
    const int corner = first || i < row ? 0 : picture.pixels[i - row - n];
    const int guess = left + up - corner;
    const int across = std::abs(guess - left);
    const int down = std::abs(guess - up);
    const int both = std::abs(guess - corner);
    const int paeth = across <= down && across <= both ? left : (down <= both ? up : corner);
    const std::array<int, 5> predicted{0, left, up, (left + up) / 2, paeth};
    bytes.push_back(
        static_cast<uint8_t>(picture.pixels[i] - predicted.at(static_cast<size_t>(filter))));
  }
  return bytes;
}

Stored store_png(const Picture& picture) {
  constexpr size_t frame = 8 + 25 + 12 + 12;  // signature, IHDR, around IDAT, IEND
  Stored stored{
      .bytes = SIZE_MAX, .payload = 0, .pixels = {picture.pixels.begin(), picture.pixels.end()}};
  const auto keep = [&stored](size_t payload, size_t around) {
    if (payload + around >= stored.bytes) return;
    stored.bytes = payload + around;
    stored.payload = payload;
  };
  for (int filter = 0; filter < 5; ++filter) {
    keep(deflated(filtered(picture, filter), false), frame);
  }
  const std::optional<Indexed> few = picture.channels == 3 ? indexed(picture) : std::nullopt;
  if (!few) return stored;
  for (const int bits : widths(few->colours(3))) {
    const size_t rows = deflated(packed(*few, picture.side, bits, true), false);
    keep(few->palette.size() + rows, frame + 12);  // 12: around the palette
  }
  return stored;
}

/// The places of a picture's colours in a palette that reader and writer know; nothing when one is
/// not there.
std::optional<std::vector<uint8_t>> places(const Indexed& few, std::span<const uint8_t> known) {
  std::vector<uint8_t> found;
  for (size_t i = 0; i < few.palette.size(); i += 3) {
    const auto colour = std::span(few.palette).subspan(i, 3);
    size_t at = 0;
    while (at < known.size() && !std::ranges::equal(known.subspan(at, 3), colour)) at += 3;
    if (at == known.size()) return std::nullopt;
    found.push_back(static_cast<uint8_t>(at / 3));
  }
  return found;
}

/// Colours and indices, nothing else; the pixels themselves where that is shorter. With a palette
/// that is known a colour takes a byte; a picture that it does not serve goes as without, after
/// one.
Stored store_deflate(const Picture& picture, const std::vector<uint8_t>& known) {
  size_t size = deflated(picture.pixels, true);
  const auto keep = [&](const Indexed& few, size_t colours, const std::vector<uint8_t>& palette,
                        bool told) {
    for (const int bits : widths(colours)) {
      std::vector<uint8_t> bytes;
      if (told) bytes.push_back(0);
      bytes.push_back(static_cast<uint8_t>(colours - 1));
      bytes.insert(bytes.end(), palette.begin(), palette.end());
      const std::vector<uint8_t> rows = packed(few, picture.side, bits, false);
      bytes.insert(bytes.end(), rows.begin(), rows.end());
      size = std::min(size, deflated(bytes, true));
    }
  };
  if (const std::optional<Indexed> few = indexed(picture)) {
    const size_t colours = few->colours(picture.channels);
    keep(*few, colours, few->palette, !known.empty());
    if (!known.empty()) {
      const std::optional<std::vector<uint8_t>> found = places(*few, known);
      if (found) keep(*few, colours, *found, false);
    }
  }
  return {.bytes = size, .payload = size, .pixels = {picture.pixels.begin(), picture.pixels.end()}};
}

}  // namespace

std::vector<Format> all(const std::vector<uint8_t>& palette) {
  std::vector<Format> formats;
  for (const int quality : {1, 10, 25, 50, 75, 90, 100}) {
    formats.push_back({.name = "JPEG",
                       .setting = "quality " + std::to_string(quality),
                       .store = [quality](const Picture& p) { return store_jpeg(p, quality); }});
  }
  for (const int quality : {0, 10, 25, 50, 75, 90, 100}) {
    formats.push_back({.name = "WebP",
                       .setting = "quality " + std::to_string(quality),
                       .store = [config = lossy_webp(static_cast<float>(quality))](
                                    const Picture& p) { return store_webp(p, config); }});
  }
  formats.push_back(
      {.name = "WebP",
       .setting = "lossless",
       .lossless = true,
       .store = [config = lossless_webp()](const Picture& p) { return store_webp(p, config); }});
  formats.push_back({.name = "PNG", .setting = "", .lossless = true, .store = store_png});
  formats.push_back({.name = "palette + deflate",
                     .setting = "its own colours",
                     .lossless = true,
                     .store = [](const Picture& p) { return store_deflate(p, {}); }});
  if (!palette.empty()) {
    formats.push_back({.name = "palette + deflate",
                       .setting = "colours of the set",
                       .lossless = true,
                       .store = [palette](const Picture& p) { return store_deflate(p, palette); }});
  }
  return formats;
}

}  // namespace rivulet::formats

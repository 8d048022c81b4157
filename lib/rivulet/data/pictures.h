// Sets of small pictures with labels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rivulet/io/png.h"

namespace rivulet::data {

/// One label that every picture of a set carries: hair colour, say, or the kind of garment.
struct Attribute {
  std::string name;
  std::vector<std::string> values;  ///< what label 0, 1, ... means; at most 255

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// N pictures of one size.
struct Pictures {
  std::string name;  ///< of the set: "avatars", "fashion"; of a folder or file otherwise
  int side = 0;
  int channels = 0;                   ///< 1 grey, 3 RGB
  std::vector<uint8_t> pixels;        ///< [N,side,side,channels]
  std::vector<Attribute> attributes;  ///< K of them; none: the pictures have no labels
  std::vector<uint8_t> labels;        ///< [N,K]
  /// What a person should know of how the files were read, each in a sentence: what was left out,
  /// stretched, or not held out.
  std::vector<std::string> notes = {};

  [[nodiscard]] int64_t numel() const { return int64_t{side} * side * channels; }
  [[nodiscard]] int64_t count() const;
  [[nodiscard]] std::span<const uint8_t> picture(int64_t i) const;    ///< [side,side,channels]
  [[nodiscard]] std::span<const uint8_t> labels_of(int64_t i) const;  ///< [K]
};

enum class Part : uint8_t { train, test };

/// Reads a set from
///   - a folder that `rivulet data make avatars` wrote (train.npy, train-labels.npy, test.npy, ...,
///     attributes.json), or that holds arrays under other usual names: the idx files of the MNIST
///     family however they are spelled, x_train.npy and y_train.npy, train_images.npy, ...;
///   - one idx or .npy file of pictures [N,H,W], [N,H,W,C] or [N,C,H,W], also gzipped, with its
///     labels beside it (images and labels, x and y, NAME-labels.npy);
///   - an .npz file: pictures and labels under such names, with parts or without;
///   - a folder of PNGs of one square size; its sub-folders' names, in natural order, are
///     the labels. Sub-folders "train" and "test" (and as others spell them) are the parts.
/// Sets without parts of their own hold out every tenth picture as the test part; of fewer than ten
/// none can be spared, and the test part is all of them. What cannot be followed or read of a
/// folder is left out and counted (`notes`). Files are not trusted. Throws Error with one sentence
/// that names the file and what is wrong.
[[nodiscard]] Pictures load_pictures(const std::string& path, Part part = Part::train);

/// A checksum of pictures, labels and what they mean: whether two sets are the same.
[[nodiscard]] uint32_t fingerprint(const Pictures& set);

/// Pixels as the models see them, 0..255 -> [-1,1], and back (rounded, clipped).
void to_model(std::span<const uint8_t> pixels, std::span<float> x);
void to_pixels(std::span<const float> x, std::span<uint8_t> pixels);

/// Pixels in another number of channels (1, 3 or 4 -> 1 or 3): grey is luminance, and what is
/// transparent lies on white.
void convert_pixels(std::span<const uint8_t> from, int from_channels, std::span<uint8_t> to,
                    int to_channels);

/// Pictures side by side, `columns` in a row, `gap` pixels of white between, each pixel drawn
/// `zoom` times as large. pixels [n,side,side,channels] -> RGB.
[[nodiscard]] io::Image contact_sheet(std::span<const uint8_t> pixels, int side, int channels,
                                      int columns, int zoom = 1, int gap = 0);

/// The inverse for sheets without gaps and zoom: cuts a PNG of columns x rows pictures apart.
/// Throws Error when its sides are no multiples of `side`.
[[nodiscard]] Pictures cut_sheet(const io::Image& sheet, int side, int channels);

}  // namespace rivulet::data

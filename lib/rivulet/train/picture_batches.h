// Batches of pictures with labels and noise: what every objective of pictures is fed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/nn/dit.h"

namespace rivulet::train {

/// Purposes of the random streams of a step.
enum : uint64_t { noise_stream, times_stream, picture_stream, dropout_stream, guidance_stream };

/// How many rows a batch has, and how often their labels are left out.
struct PictureRows {
  int batch = 64;
  float label_dropout = 0.1F;  ///< share of rows without any label, for guidance
  float value_dropout = 0.1F;  ///< and, of several attributes, of single ones: "any" is a choice

  friend bool operator==(const PictureRows&, const PictureRows&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const PictureRows& rows);

/// As entries of a model card, and back (Error when one is missing or out of range).
[[nodiscard]] io::Card picture_rows_card(const PictureRows& rows);
[[nodiscard]] PictureRows picture_rows(const io::Card& card);

/// Leaves labels of one row [K] out, as often as `rows` says.
void drop_labels(const PictureRows& rows, const std::vector<int>& classes, Rng& rng,
                 std::span<float> labels);

/// The graph's side of a batch.
struct PictureInputs {
  Value noise;     ///< [B,D]
  Value pictures;  ///< [B,D] in [-1,1]
  Value labels;    ///< [B,K]; unused when K = 0

  PictureInputs(Graph& graph, const nn::DitConfig& net, int64_t batch);
};

/// Draws batches into memory of its own.
class PictureBatches {
 public:
  /// Throws Error unless the pictures and their labels are what the network takes.
  PictureBatches(const nn::DitConfig& net, const PictureRows& rows,
                 std::shared_ptr<const data::Pictures> pictures);

  /// Draws noise, pictures and labels, and writes these inputs.
  void write(const Rng& rng, Program& program);

 private:
  void draw_pictures(const Rng& rng);

  nn::DitConfig net_;
  PictureRows rows_;
  std::shared_ptr<const data::Pictures> pictures_;
  std::vector<float> noise_, x_, labels_;
};

}  // namespace rivulet::train

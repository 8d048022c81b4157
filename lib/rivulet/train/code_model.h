// Models of DDCM's codes: what is trained.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rivulet/models/code_model.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// Codes of pictures and the pictures' labels.
struct CodeSet {
  std::vector<models::DdcmCode> codes;
  std::vector<float> labels;  ///< [n,A]

  friend bool operator==(const CodeSet&, const CodeSet&) = default;
};
/// What encoding has made, to be kept.
struct CodeSets {
  CodeSet train;
  CodeSet held_out;

  friend bool operator==(const CodeSets&, const CodeSets&) = default;
};
/// Codes as a file that says what they are codes of, and back. Reading throws Error when they are
/// not what `model` is to learn, or malformed.
[[nodiscard]] io::SafeTensors code_file(const CodeSets& sets, const models::CodeModel& model);
[[nodiscard]] CodeSets code_sets(const io::SafeTensors& file, const models::CodeModel& model);

/// The cross entropy of tokens, some of those before them unseen. Losses: loss in nats, and bits,
/// both a token.
[[nodiscard]] Objective code_objective(const models::CodeModel& model, const PictureRows& rows,
                                       std::shared_ptr<const CodeSet> codes);

}  // namespace rivulet::train

// The judge (classifier) of pictures: what a weight file holds, and how to run it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/judge.h"

namespace rivulet::models {

/// What the metadata of a judge's weight file says (architecture "judge").
struct JudgeModel {
  nn::JudgeConfig net;
  std::string dataset;                      ///< "avatars", "fashion", ...
  std::vector<data::Attribute> attributes;  ///< as many as net.classes
};
/// The judge of a set of labelled pictures. Throws Error when they have no labels
/// or their sides are no multiples of 4.
[[nodiscard]] JudgeModel judge_for(const data::Pictures& pictures);

/// Metadata entries of a judge, and back. Reading throws Error when the file is not of a judge or a
/// value is out of range.
[[nodiscard]] io::Card judge_card(const JudgeModel& model);
[[nodiscard]] JudgeModel judge_model(const io::SafeTensors& file);

/// What the judge sees in pictures: the classifier's features and predictions.
struct Opinion {
  std::vector<float> features;  ///< [N,F]
  std::vector<uint8_t> labels;  ///< [N,K], the likeliest value of each attribute
  std::vector<float> shares;    ///< [N,K], the probability of that value
};

/// A weight file at work. Owns its program.
class Judge {
 public:
  /// `batch`: how many pictures one evaluation holds.
  Judge(const io::SafeTensors& file, const Device& device, const CompileOptions& options = {},
        int batch = 250);
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  ~Judge();

  [[nodiscard]] const JudgeModel& model() const;

  /// Of any number of pictures x [N,D] in [-1,1].
  [[nodiscard]] Opinion operator()(std::span<const float> x);
  [[nodiscard]] Opinion operator()(const data::Pictures& pictures);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The share of equal labels for each of K attributes, [N,K] against [N,K].
[[nodiscard]] std::vector<double> accuracies(std::span<const uint8_t> labels,
                                             std::span<const uint8_t> truth, size_t attributes);

}  // namespace rivulet::models

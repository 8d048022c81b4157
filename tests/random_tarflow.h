// A TarFlow of small pictures, and files of random weights for it.
#pragma once

#include <vector>

#include "compare.h"
#include "rivulet/models/tarflow.h"

namespace rivulet::testing {

inline models::TarflowModel small_tarflow(
    models::TarflowNoise noise = models::TarflowNoise::gaussian) {
  return {.pictures = {.net = {.side = 6,
                               .channels = 2,
                               .patch = 2,
                               .width = 16,
                               .depth = 2,
                               .heads = 2,
                               .mlp_ratio = 2,
                               .classes = {3, 2}},
                       .dataset = "few",
                       .attributes = {{"hat", {"none", "cap", "bow"}}, {"kind", {"a", "b"}}},
                       .palette = {}},
          .blocks = 3,
          .noise = noise,
          .sigma = 0.2F};
}

/// Of random weights, weak enough for scales near 1.
inline io::SafeTensors random_file(const models::TarflowModel& model, float scale = 0.15F) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value y = graph.input("y", {1, model.pixels()});
  const Value labels = graph.input("labels", {1, 2});
  (void)models::tarflow_of_pictures(model, params, y, labels);
  io::SafeTensors file{.metadata = models::tarflow_card(model), .tensors = {}};
  uint64_t seed = 1;
  for (const nn::Param& param : params.all()) {
    file.tensors.push_back({param.name, normal(param.value.shape(), ++seed, scale)});
  }
  return file;
}

/// What becomes of pictures, as many as there are labels for.
struct Encoded {
  std::vector<float> z;
  std::vector<float> log_q;
};
inline Encoded encode(models::TarflowDensity& density, const std::vector<float>& labels,
                      const std::vector<float>& y) {
  Encoded result{std::vector<float>(y.size()),
                 std::vector<float>(static_cast<size_t>(density.batch()))};
  density.encode(labels, y, result.z, result.log_q);
  return result;
}

}  // namespace rivulet::testing

// Networks of random weights, as files: enough to sample from, without training.
#pragma once

#include <memory>
#include <utility>

#include "rivulet/core/random.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/pictures.h"
#include "rivulet/nn/dit.h"

namespace rivulet {

inline models::PictureModel small_picture_model(models::Method method) {
  return {.method = method,
          .pictures = {.net = {.side = 8,
                               .channels = 3,
                               .patch = 4,
                               .width = 16,
                               .depth = 1,
                               .heads = 2,
                               .classes = {3, 2}},
                       .dataset = "avatars",
                       .attributes = {{"hair colour", {"black", "blond", "teal"}},
                                      {"hat", {"none", "cap"}}}}};
}

/// A network's parameters, all of them random.
inline io::SafeTensors random_weights(const nn::Params& params, io::Card card, uint64_t seed) {
  io::SafeTensors file{.metadata = std::move(card), .tensors = {}};
  Rng rng(seed);
  for (const nn::Param& param : params.all()) {
    Tensor tensor(param.value.shape());
    rng.normal(tensor.span());
    for (float& value : tensor.span()) value *= 0.3F;
    file.tensors.push_back({param.name, std::move(tensor)});
  }
  return file;
}

inline io::SafeTensors random_weights(const models::PictureModel& model, uint64_t seed) {
  Graph graph;
  nn::Params params(graph, seed);
  (void)nn::dit(model.pictures.net, params, models::picture_inputs(graph, model.pictures.net, 1));
  return random_weights(params, models::picture_card(model), seed);
}

inline std::shared_ptr<const io::Bytes> model_file(models::Method method, uint64_t seed = 1) {
  const io::SafeTensors file = random_weights(small_picture_model(method), seed);
  return std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f16));
}

/// A one-step student, distilled of nothing.
inline io::SafeTensors student_file(uint64_t seed = 1) {
  models::PictureModel model = small_picture_model(models::Method::shortcut);
  model.one_step = true;
  return random_weights(model, seed);
}

}  // namespace rivulet

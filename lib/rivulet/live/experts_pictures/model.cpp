#include "rivulet/live/experts_pictures/model.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/live/loaded.h"
#include "rivulet/models/expert_card.h"

namespace rivulet::live::experts_pictures {
namespace {

models::PictureModel with_experts(models::PictureModel model) {
  models::need_all_times("weights", model);
  const nn::DitConfig& net = model.pictures.net;
  check_side(net.side);
  if (!net.experts) fail("weights", "this model has no experts");
  if (net.expert_layers() > most_layers || net.experts->routed() > most_routed) {
    fail("weights", fmt::format("{} layers of {} experts are more than this lab shows",
                                net.expert_layers(), net.experts->routed()));
  }
  return model;
}

}  // namespace

LoadedModel::LoadedModel(const FileBytes& file, const Device& device)
    : LoadedModel(file, io::parse_safetensors(*file), device) {}

LoadedModel::LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device)
    : file_(file),
      model_(with_experts(models::picture_model(read))),
      count_(models::count_parameters(read)),
      sampler_(read, batch, device) {}

void LoadedModel::move_to(const Device& device) {
  sampler_ = models::PictureSampler(io::parse_safetensors(*file_), batch, device);
}

Card LoadedModel::card() const {
  Card card;
  card.parameters = count_.all;
  card.active = count_.active;
  card.model = model_;
  return card;
}

Extent LoadedModel::extent() const {
  const nn::DitConfig& net = model_.pictures.net;
  return {.side = net.side,
          .channels = net.channels,
          .patch = net.patch,
          .layers = net.expert_layers(),
          .tokens = static_cast<int>(net.tokens()),
          .experts = net.experts->routed()};
}

models::PictureSampler& LoadedModel::sampler(const Silenced& silenced) {
  const Extent size = extent();
  std::vector<float> factors;
  for (int layer = 0; layer < size.layers; ++layer) {
    for (int expert = 0; expert < size.experts; ++expert) {
      factors.push_back(is_silenced(silenced, layer, expert) ? 1.0F : 0.0F);
    }
  }
  sampler_.silence(factors);
  return sampler_;
}

models::PictureRequest LoadedModel::request(const Wish& wish) const {
  return {.labels = label_rows(model_.pictures.net.classes, wish.labels, batch),
          .guidance = wish.guidance,
          .steps = wish.steps};
}

}  // namespace rivulet::live::experts_pictures

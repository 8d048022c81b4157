#include "rivulet/live/pictures/model.h"

#include <algorithm>

#include "rivulet/io/card.h"
#include "rivulet/live/loaded.h"

namespace rivulet::live::pictures {
namespace {

// Without threads a step is one slice of a frame's time.
int many_pictures() { return Job::has_threads() ? 8 : 4; }

}  // namespace

LoadedModel::LoadedModel(const FileBytes& file, const Device& device)
    : LoadedModel(file, io::parse_safetensors(*file), device) {}

LoadedModel::LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device)
    : file_(file),
      device_(&device),
      model_(models::picture_model(read)),
      parameters_(parameters_of(read)) {
  check_side(model_.pictures.net.side);
  const auto learned = read.metadata.find("highest_guidance");
  if (model_.method == models::Method::shortcut && learned != read.metadata.end()) {
    highest_guidance_ = std::max(1.0F, io::card_number(read.metadata, learned->first));
  }
  // What is missing or of a wrong shape is found now.
  many_.emplace(read, many_pictures(), device);
}

void LoadedModel::move_to(const Device& device) {
  device_ = &device;
  many_.reset();
  one_.reset();
}

Card LoadedModel::card() const {
  Card card;
  card.parameters = parameters_;
  card.model = model_;
  card.highest_guidance = highest_guidance_;
  return card;
}

models::PictureSampler& LoadedModel::many() {
  if (!many_) many_.emplace(io::parse_safetensors(*file_), many_pictures(), *device_);
  return *many_;
}

models::PictureSampler& LoadedModel::one() {
  if (!one_) one_.emplace(io::parse_safetensors(*file_), 1, *device_);
  return *one_;
}

Wish LoadedModel::within(Wish wish) const {
  wish.guidance = std::min(wish.guidance, highest_guidance_);
  if (model_.one_step) wish.steps = 1;
  return wish;
}

int LoadedModel::columns() const {
  return model_.one_step ? 1 : static_cast<int>(step_choices.size());
}

models::PictureRequest LoadedModel::request(const Wish& wish, int batch) const {
  const Wish able = within(wish);
  const std::vector<int>& classes = model_.pictures.net.classes;
  return {.labels = able.draw_open ? drawn_label_rows(classes, able.labels, batch, able.seed)
                                   : label_rows(classes, able.labels, batch),
          .guidance = able.guidance,
          .steps = able.steps};
}

}  // namespace rivulet::live::pictures

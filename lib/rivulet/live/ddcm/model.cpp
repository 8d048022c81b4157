#include "rivulet/live/ddcm/model.h"

#include "rivulet/live/loaded.h"

namespace rivulet::live::ddcm {

// Without threads that is one slice of a frame's time.
int beam_rows() { return Job::has_threads() ? 8 : 4; }

LoadedModel::LoadedModel(const FileBytes& file, const Device& device)
    : LoadedModel(file, io::parse_safetensors(*file), device) {}

LoadedModel::LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device)
    : file_(file),
      model_(models::diffusion_model(read)),
      coder_(models::ddcm_model(read)),
      parameters_(parameters_of(read)),
      device_(&device),
      many_{.rows = beam_rows()} {
  check_side(model_.pictures.net.side);
  // What is missing or of a wrong shape is found now.
  one_.program.emplace(read, one_.rows, device);
}

void LoadedModel::move_to(const Device& device) {
  device_ = &device;
  one_.program.reset();
  many_.program.reset();
}

Card LoadedModel::card() const {
  Card card;
  card.parameters = parameters_;
  card.model = model_;
  card.coder = coder_;
  return card;
}

models::PictureDenoiser& LoadedModel::compiled(Denoiser& denoiser) {
  if (!denoiser.program) {
    denoiser.program.emplace(io::parse_safetensors(*file_), denoiser.rows, *device_);
    if (!denoiser.labels.empty()) denoiser.program->condition(denoiser.labels);
  }
  return *denoiser.program;
}

models::Denoise LoadedModel::denoise(int rows, const PictureLabels& labels) {
  Denoiser& denoiser = rows > 1 ? many_ : one_;
  denoiser.labels = label_rows(model_.pictures.net.classes, labels);
  compiled(denoiser).condition(denoiser.labels);
  return [this, &denoiser](std::span<const float> x, models::NoiseLevel level,
                           std::span<float> x0) { compiled(denoiser)(x, level, x0); };
}

}  // namespace rivulet::live::ddcm

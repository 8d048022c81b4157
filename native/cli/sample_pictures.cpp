#include "cli/sample_pictures.h"

#include <algorithm>
#include <cmath>

#include "cli/classes.h"
#include "rivulet/core/random.h"

namespace rivulet::cli {
namespace {

constexpr uint64_t label_stream = uint64_t{1} << 62;  // beyond the streams of the noises

}  // namespace

std::vector<float> picture_labels(const models::PictureModel& model, const PictureSample& options) {
  const size_t attributes = model.net.classes.size();
  std::vector<float> labels(static_cast<size_t>(options.n) * attributes);
  Rng rng(options.seed, label_stream);
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] =
        static_cast<float>(rng.below(static_cast<uint32_t>(model.net.classes[i % attributes])));
  }
  for (const std::string& text : options.classes) {
    const ClassChoice choice = class_choice(model.attributes, text);
    for (size_t i = choice.attribute; i < labels.size(); i += attributes) {
      labels[i] = static_cast<float>(choice.value);
    }
  }
  return labels;
}

Drawn draw_pictures(const io::SafeTensors& file, const PictureSample& options,
                    const DeviceOptions& device) {
  constexpr int most = 64;  // in one evaluation
  const int batch = std::min(options.n, most);
  models::PictureSampler sampler(file, batch, device.device(),
                                 {.threads = device.threads, .static_states = true});
  Drawn drawn{
      .model = sampler.model(), .labels = picture_labels(sampler.model(), options), .pixels = {}};
  const auto values = static_cast<size_t>(drawn.model.pixels());
  const size_t attributes = drawn.model.net.classes.size();
  drawn.pixels.resize(static_cast<size_t>(options.n) * values);
  std::vector<float> x(static_cast<size_t>(batch) * values);
  models::PictureRequest request{
      .labels = std::vector<float>(static_cast<size_t>(batch) * attributes),
      .guidance = options.guidance,
      .steps = options.steps};
  for (int first = 0; first < options.n; first += batch) {
    const auto rows = static_cast<size_t>(std::min(batch, options.n - first));
    for (size_t row = 0; row < rows; ++row) {
      models::picture_noise(options.seed, first + static_cast<int64_t>(row),
                            std::span(x).subspan(row * values, values));
    }
    std::copy_n(
        drawn.labels.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(first) * attributes),
        rows * attributes, request.labels.begin());
    sampler.sample(request, x);
    data::to_pixels(
        std::span(x).first(rows * values),
        std::span(drawn.pixels).subspan(static_cast<size_t>(first) * values, rows * values));
  }
  return drawn;
}

io::Image sheet_of(const Drawn& drawn) {
  const auto& net = drawn.model.net;
  const auto count = static_cast<double>(drawn.pixels.size()) / static_cast<double>(net.pixels());
  const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
  const int zoom = std::clamp(768 / (columns * net.side), 1, 16);
  return data::contact_sheet(drawn.pixels, net.side, net.channels, columns, zoom, 1);
}

}  // namespace rivulet::cli

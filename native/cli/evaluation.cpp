#include "cli/evaluation.h"

#include <algorithm>
#include <utility>

#include "cli/toy.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

constexpr int64_t most_neighbours = 3;  // that precision and recall look at

}  // namespace

data::Pictures some_of(const data::Pictures& pictures, int64_t n) {
  data::Pictures some = pictures;
  some.pixels.clear();
  some.labels.clear();
  for (int64_t i = 0; i < n; ++i) {
    const int64_t from = i * pictures.count() / n;
    const auto pixels = pictures.picture(from);
    const auto labels = pictures.labels_of(from);
    some.pixels.insert(some.pixels.end(), pixels.begin(), pixels.end());
    some.labels.insert(some.labels.end(), labels.begin(), labels.end());
  }
  return some;
}

Yardstick::Yardstick(models::Judge& judge, const data::Pictures& train, const data::Pictures& test,
                     int64_t n, const Device& device, const CompileOptions& options)
    : judge_(&judge),
      train_(&train),
      test_(&test),
      device_(&device),
      options_(options),
      n_(std::min({n, train.count(), test.count()})),
      neighbours_(std::clamp<int64_t>(n_ - 1, 1, most_neighbours)),
      opinion_(judge(test)),
      gaussian_(judge.model().net.features) {
  if (n_ < 2) {
    fail("eval", "needs two pictures or more of each kind, not " + std::to_string(n_));
  }
  gaussian_.add(opinion_.features);
  const auto columns = static_cast<size_t>(gaussian_.features());
  some_.assign(opinion_.features.begin(),
               opinion_.features.begin() + n_ * static_cast<int64_t>(columns));
  manifold_.emplace(metrics::rows_of(some_, gaussian_.features()), neighbours_, device, options);
}

PictureScore Yardstick::compare(const models::Opinion& opinion) const {
  metrics::Gaussian gaussian(gaussian_.features());
  gaussian.add(opinion.features);
  const auto rows = [&](std::span<const float> features) {
    return metrics::rows_of(features, gaussian_.features());
  };
  return {.frechet = metrics::frechet_distance(gaussian, gaussian_),
          .accuracies = {},
          .manifold = metrics::precision_recall(*manifold_, rows(some_), rows(opinion.features),
                                                neighbours_, *device_, options_),
          .nearest = {}};
}

PictureScore Yardstick::floor() const {
  PictureScore score = compare((*judge_)(some_of(*train_, n_)));
  score.accuracies = models::accuracies(opinion_.labels, test_->labels, test_->attributes.size());
  const data::Pictures held_out = some_of(*test_, n_);
  score.nearest = metrics::nearest_distances(metrics::rows_of(held_out), metrics::rows_of(*train_),
                                             *device_, options_);
  return score;
}

PictureScore Yardstick::score(const data::Pictures& samples) const {
  const models::Opinion opinion = (*judge_)(samples);
  PictureScore score = compare(opinion);
  score.accuracies = models::accuracies(opinion.labels, samples.labels, samples.attributes.size());
  score.nearest = metrics::nearest_distances(metrics::rows_of(samples), metrics::rows_of(*train_),
                                             *device_, options_);
  return score;
}

data::Pictures sample_pictures(const Maker& maker, int batch, const data::Pictures& like, int64_t n,
                               uint64_t seed, const Tick& tick) {
  const auto pixels = static_cast<size_t>(like.numel());
  data::Pictures samples = like;
  samples.pixels.resize(static_cast<size_t>(n) * pixels);
  samples.labels.clear();
  std::vector<float> x(static_cast<size_t>(batch) * pixels);
  std::vector<float> all_labels;
  for (int64_t first = 0; first < n; first += batch) {
    const int64_t taken = std::min(int64_t{batch}, n - first);
    all_labels.clear();
    for (int64_t i = first; i < first + batch; ++i) {  // a last batch is filled up
      const auto row = static_cast<size_t>(i - first);
      models::picture_noise(seed, i, std::span(x).subspan(row * pixels, pixels));
      const std::span<const uint8_t> labels = like.labels_of(i % like.count());
      all_labels.insert(all_labels.end(), labels.begin(), labels.end());
      if (i < n) samples.labels.insert(samples.labels.end(), labels.begin(), labels.end());
    }
    maker(all_labels, x);
    if (tick) tick(first + taken);
    const size_t values = static_cast<size_t>(taken) * pixels;
    data::to_pixels(std::span(x).first(values),
                    std::span(samples.pixels).subspan(static_cast<size_t>(first) * pixels, values));
  }
  return samples;
}

io::Json to_json(const PictureScore& score, std::span<const data::Attribute> attributes) {
  io::Json accuracies = io::Json::object();
  for (size_t k = 0; k < score.accuracies.size(); ++k) {
    accuracies[attributes[k].name] = score.accuracies[k];
  }
  return {{"frechet", score.frechet},
          {"accuracy", std::move(accuracies)},
          {"precision", shortest(score.manifold.precision)},
          {"recall", shortest(score.manifold.recall)},
          {"nearest_training_distance",
           {{"median", shortest(score.nearest.median)},
            {"first_percentile", shortest(score.nearest.first_percentile)}}}};
}

}  // namespace rivulet::cli

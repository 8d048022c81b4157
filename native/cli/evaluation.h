// What the pictures of a model are worth: their distance to held-out data, and a judge's opinion.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/json.h"
#include "rivulet/metrics/frechet.h"
#include "rivulet/metrics/manifold.h"
#include "rivulet/models/judge.h"
#include "rivulet/models/pictures.h"

namespace rivulet::cli {

/// Pictures against held-out data.
struct PictureScore {
  double frechet = 0;              ///< distance of the judge's features
  std::vector<double> accuracies;  ///< share of labels that the judge sees, of each attribute
  metrics::PrecisionRecall manifold;
  metrics::NearestDistances nearest;  ///< to the training pictures, in pixels of -1..1
};

/// The data that pictures are compared with: made once for all of them.
class Yardstick {
 public:
  /// `n`: pictures on each side of precision and recall, and of the floor. All must outlive it.
  Yardstick(models::Judge& judge, const data::Pictures& train, const data::Pictures& test,
            int64_t n, const Device& device, const CompileOptions& options);

  /// What cannot be bettered but by chance: n training pictures in place of samples; how far
  /// held-out pictures lie from the training set; the judge's accuracy on held-out pictures.
  [[nodiscard]] PictureScore floor() const;
  [[nodiscard]] PictureScore score(const data::Pictures& samples) const;

 private:
  [[nodiscard]] PictureScore compare(const models::Opinion& opinion) const;

  models::Judge* judge_;
  const data::Pictures* train_;
  const data::Pictures* test_;
  const Device* device_;
  CompileOptions options_;
  int64_t n_;
  int64_t neighbours_;
  models::Opinion opinion_;  // of the held-out pictures
  std::vector<float> some_;  // features of n of them
  metrics::Gaussian gaussian_;
  std::optional<metrics::Manifold> manifold_;
};

/// n pictures spread evenly over a set, with their labels.
[[nodiscard]] data::Pictures some_of(const data::Pictures& pictures, int64_t n);

/// Called between batches with the number of pictures that are done.
using Tick = std::function<void(int64_t pictures)>;

/// Makes pictures of noise x [batch,D] in place, under labels [batch,K].
using Maker = std::function<void(std::span<const float> labels, std::span<float> x)>;

/// n pictures under the labels of the first n of `like` (again from the start where there are too
/// few), from the noise of `seed`: clipped to 8 bits as a picture file is.
[[nodiscard]] data::Pictures sample_pictures(const Maker& maker, int batch,
                                             const data::Pictures& like, int64_t n, uint64_t seed,
                                             const Tick& tick);

[[nodiscard]] io::Json to_json(const PictureScore& score,
                               std::span<const data::Attribute> attributes);

}  // namespace rivulet::cli

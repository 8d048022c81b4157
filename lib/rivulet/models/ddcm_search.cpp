// Beam search for a better code than the best vector at each step gives.
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/models/ddcm_run.h"

namespace rivulet::models {
namespace {

/// ||a - b||^2.
double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

/// The codes that are looked at, rows of a run. One of them is the greedy one, which is never given
/// up: what wins in the end may have looked worse on the way, and what led may lose.
class Search {
 public:
  Search(std::vector<float> picture, size_t beams, size_t candidates, Shown shown)
      : picture_(std::move(picture)),
        beams_(beams),
        candidates_(candidates),
        shown_(std::move(shown)) {}

  /// Keeps the best rows, the best of all first, and pulls them to the picture.
  void aim(DdcmRun::Impl& run) {
    std::vector<double> error(run.rows());
    for (size_t row = 0; row < error.size(); ++row) {
      error[row] = squared_distance(run.row_of(run.x0, row), picture_);
    }
    std::vector<uint32_t> rows = best_of(error.size(), std::min(beams_, error.size()),
                                         [&](uint32_t row) { return -error[row]; });
    const auto found = std::ranges::find(rows, greedy_);
    greedy_extra_ = found == rows.end();
    if (greedy_extra_) rows.push_back(greedy_);
    keep(run, rows);
    greedy_ = greedy_extra_ ? static_cast<uint32_t>(rows.size() - 1)
                            : static_cast<uint32_t>(found - rows.begin());
    run.before = run.x_t;
    run.r.resize(run.x_t.size());
    for (size_t i = 0; i < run.r.size(); ++i) run.r[i] = picture_[i % run.d] - run.x0[i];
  }

  /// Every row goes on along several vectors.
  void spread(DdcmRun::Impl& run, int step) {
    const Posterior q = run.posterior(step);
    std::vector<float> x_t;
    std::vector<DdcmCode> codes;
    std::optional<uint32_t> greedy;
    for (size_t row = 0; row < run.rows(); ++row) {
      const std::span<const float> dots = run.dots_of(row);
      if (row == greedy_) greedy = static_cast<uint32_t>(codes.size());
      for (const uint32_t k : best_of(dots.size(), ways_on(row, run.rows()),
                                      [&](uint32_t index) { return dots[index]; })) {
        codes.push_back(run.codes[row]);
        const Chosen chosen = at_step(codes.back(), run.settings, step);
        chosen.indices[0] = k;
        run.compose(step, chosen);
        x_t.resize(codes.size() * run.d);
        run.move(q, run.row_of(run.x_t, row), run.row_of(run.x0, row),
                 run.row_of(x_t, codes.size() - 1));
      }
    }
    greedy_ = greedy.value();
    run.x_t = std::move(x_t);
    run.codes = std::move(codes);
  }

  /// Looks at one row more as a decoder shows it; after the last keeps the best of all.
  bool choose(DdcmRun::Impl& run) {
    const std::span<const float> row = run.row_of(run.x0, judged_);
    std::vector<float> picture(row.begin(), row.end());
    if (shown_) shown_(picture);
    const double error = squared_distance(picture, picture_);
    if (error < least_) {
      least_ = error;
      best_ = judged_;
    }
    if (++judged_ < run.rows()) return false;
    keep(run, {static_cast<uint32_t>(best_)});
    return true;
  }

 private:
  static void keep(DdcmRun::Impl& run, const std::vector<uint32_t>& rows) {
    std::vector<float> x_t;
    std::vector<float> x0;
    std::vector<DdcmCode> codes;
    for (const uint32_t row : rows) {
      x_t.insert(x_t.end(), run.row_of(run.x_t, row).begin(), run.row_of(run.x_t, row).end());
      x0.insert(x0.end(), run.row_of(run.x0, row).begin(), run.row_of(run.x0, row).end());
      codes.push_back(run.codes[row]);
    }
    run.x_t = std::move(x_t);
    run.x0 = std::move(x0);
    run.codes = std::move(codes);
  }

  /// A greedy row that is not among the best goes on greedily alone, in place of the last way on of
  /// the last of the best: beams x candidates rows are a batch of the network.
  [[nodiscard]] size_t ways_on(size_t row, size_t rows) const {
    if (!greedy_extra_) return candidates_;
    if (row + 1 == rows) return 1;
    return row + 2 == rows ? candidates_ - 1 : candidates_;
  }

  std::vector<float> picture_;
  size_t beams_;
  size_t candidates_;  // if 1, the only row is the greedy one
  Shown shown_;
  uint32_t greedy_ = 0;  // row
  bool greedy_extra_ = false;
  size_t judged_ = 0;
  size_t best_ = 0;
  double least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

DdcmRun Ddcm::search(std::vector<float> picture, int beams, int candidates, Shown shown) const {
  need("ddcm", "beams", beams, 1, 256);
  need("ddcm", "candidates", candidates, 1, 256);
  if (settings_.form != CodeForm::single) {
    fail("ddcm", "only codes of one vector a step are searched for");
  }
  if (picture.size() != static_cast<size_t>(dimensions_)) {
    fail("ddcm", std::to_string(picture.size()) + " pixels, not " + std::to_string(dimensions_));
  }
  auto impl = std::make_unique<DdcmRun::Impl>(settings_, denoise_, dimensions_, 1);
  const auto width = static_cast<size_t>(std::min<int64_t>(candidates, settings_.size()));
  const auto search = std::make_shared<Search>(std::move(picture), static_cast<size_t>(beams),
                                               width, std::move(shown));
  impl->aim = [search](DdcmRun::Impl& run, int /*step*/) { search->aim(run); };
  impl->act = [search](DdcmRun::Impl& run, int step) { search->spread(run, step); };
  impl->end = [search](DdcmRun::Impl& run) { return search->choose(run); };
  return DdcmRun(std::move(impl));
}

}  // namespace rivulet::models

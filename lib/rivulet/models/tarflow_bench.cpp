#include "rivulet/models/tarflow_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <numeric>
#include <span>

#include "rivulet/exec/bench.h"
#include "rivulet/models/pictures.h"

namespace rivulet::models {
namespace {

/// The fastest of each run of the network, added up: what a machine that is busy with other things
/// is slow at falls away.
double fastest(TarflowSampler& sampler, const TarflowRequest& request, std::span<const float> noise,
               double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  std::vector<double> best;
  const Clock::time_point begun = Clock::now();
  do {
    sampler.begin(request, noise);
    bool done = false;
    for (size_t run = 0; !done; ++run) {
      const Clock::time_point before = Clock::now();
      done = sampler.advance();
      const double took = since(before);
      if (run == best.size()) best.push_back(took);
      best[run] = std::min(best[run], took);
    }
  } while (since(begun) < seconds);
  return std::accumulate(best.begin(), best.end(), 0.0);
}

/// One batch size: a forward pass, then every sampler on the same noise.
class Runner {
 public:
  Runner(const io::SafeTensors& file, const TarflowCourse& course, const Device& device,
         const CompileOptions& options)
      : seconds_(course.seconds),
        density_(file, course.batch, device, options),
        sampler_(file, course.batch, device, options),
        noise_(static_cast<size_t>(course.batch * sampler_.model().pixels())),
        x_(noise_.size()) {
    const auto d = static_cast<size_t>(sampler_.model().pixels());
    for (int i = 0; i < course.batch; ++i) {
      picture_noise(1, i, std::span(noise_).subspan(static_cast<size_t>(i) * d, d));
      std::ranges::copy(sampler_.model().pictures.net.classes, std::back_inserter(labels_));
    }
    std::vector<float> log_q(static_cast<size_t>(course.batch));
    std::vector<float> z(noise_.size());
    const std::vector<float> grey(noise_.size());
    forward_ = exec::fastest([&] { density_.encode(labels_, grey, z, log_q); }, seconds_);
  }

  TarflowTiming run(const std::string& name, TarflowRequest request) {
    request.labels = labels_;
    x_ = noise_;
    const TarflowReport report = sampler_.sample(request, x_);
    TarflowTiming timing{.sampler = name,
                         .batch = sampler_.batch(),
                         .seconds = fastest(sampler_, request, noise_, seconds_),
                         .forward = forward_,
                         .runs = report.runs};
    if (sequential_.empty()) sequential_ = x_;
    for (size_t i = 0; i < x_.size(); ++i) {
      const auto shown = [i](const std::vector<float>& x) { return std::clamp(x[i], -1.0F, 1.0F); };
      timing.difference =
          std::max(timing.difference, std::fabs(double{shown(x_)} - double{shown(sequential_)}));
    }
    const nn::TarflowConfig config = sampler_.model().config();
    timing.work = static_cast<double>(report.tokens) /
                  static_cast<double>(int64_t{config.tokens} * config.blocks * timing.batch);
    return timing;
  }

 private:
  double seconds_;
  TarflowDensity density_;
  TarflowSampler sampler_;
  std::vector<float> noise_;
  std::vector<float> x_;
  std::vector<float> labels_;
  std::vector<float> sequential_;
  double forward_ = 0;
};

}  // namespace

std::vector<TarflowTiming> time_tarflow(const io::SafeTensors& file, const TarflowCourse& course,
                                        const Device& device, const CompileOptions& options) {
  Runner runner(file, course, device, options);
  TarflowRequest request;
  std::vector<TarflowTiming> timings{runner.run("sequential", request)};
  request.tolerance = course.tolerance;
  request.method = TarflowMethod::jacobi;
  timings.push_back(runner.run("jacobi", request));
  request.method = TarflowMethod::gauss_seidel;
  for (const int group : course.groups) {
    request.group = group;
    timings.push_back(runner.run("gsj " + std::to_string(group), request));
  }
  return timings;
}

}  // namespace rivulet::models

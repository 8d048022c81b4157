// How large a codebook must be for random codes to be as good as noise.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cli/bench_ddcm.h"
#include "cli/progress.h"
#include "cli/sets.h"
#include "rivulet/io/json.h"
#include "rivulet/models/ddpm.h"

namespace rivulet::cli {
namespace {

struct Point {
  std::string source;
  int64_t size = 0;  // K; 0: noise
  double frechet = 0;
};

class Curve {
 public:
  Curve(const DdcmBenchOptions& options, DdcmBench& bench)
      : options_(options), bench_(bench), held_out_(bench.gaussian(bench.test)) {}

  /// Plain sampling with as many steps.
  [[nodiscard]] Point noise(const std::string& name, uint64_t seed) {
    const models::DiffusionModel& model = bench_.codec.model();
    const std::string path =
        options_.codec.model.empty() ? shipped_model(codec_model, "--model") : options_.codec.model;
    models::PictureDenoiser denoiser(
        io::load_safetensors(path), batch, options_.codec.device.device(),
        {.threads = options_.codec.device.threads, .static_states = true});
    const auto d = static_cast<size_t>(model.pixels());
    const int n = options_.count(samples);
    std::vector<float> x(static_cast<size_t>(n) * d);
    for (int i = 0; i < n; ++i) {
      models::picture_noise(seed, i, std::span(x).subspan(static_cast<size_t>(i) * d, d));
    }
    {
      const Status status(name);
      models::sample_ddpm(std::ref(denoiser), {.steps = options_.steps, .seed = seed}, x,
                          model.pixels());
    }
    std::vector<uint8_t> pixels(x.size());
    data::to_pixels(x, pixels);
    return {.source = name, .frechet = distance(bench_.like_test(std::move(pixels)))};
  }

  [[nodiscard]] Point codes(const std::string& name, models::CodebookKind kind, int size) {
    // The last step adds no noise, so it has no code.
    const models::DdcmSettings settings{
        .codebook = kind,
        .codes = options_.steps - 1,
        .bits = static_cast<int>(std::bit_width(static_cast<unsigned>(size))) - 1,
        .rho = 1,
        .noise = 1,
        .snap = false};
    std::vector<models::DdcmFile> files;
    for (int i = 0; i < options_.count(samples); ++i) {
      const uint64_t seed = options_.seed * 1'000'003 + static_cast<uint64_t>(i);
      files.push_back({.settings = settings, .code = models::random_code(settings, seed)});
    }
    const data::Pictures pictures =
        bench_.decode(fmt::format("{}, K = {}", name, settings.size()), files);
    return {.source = name, .size = settings.size(), .frechet = distance(pictures)};
  }

 private:
  static constexpr int batch = 64;
  static constexpr int samples = 1000;

  double distance(const data::Pictures& pictures) {
    return metrics::frechet_distance(bench_.gaussian(pictures), held_out_);
  }

  const DdcmBenchOptions& options_;
  DdcmBench& bench_;
  metrics::Gaussian held_out_;
};

std::vector<int> or_else(const std::vector<int>& given, std::vector<int> usual) {
  if (given.empty()) return usual;
  return given;
}

}  // namespace

int run_ddcm_curve(const DdcmBenchOptions& options, DdcmBench& bench) {
  Curve curve(options, bench);
  std::vector<Point> points{curve.noise("DDPM", options.seed),
                            curve.noise("DDPM, another seed", options.seed + 1)};
  for (const int size : or_else(options.sizes, {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})) {
    points.push_back(curve.codes("per step", models::CodebookKind::per_step, size));
  }
  for (const int size : or_else(options.sizes, {64, 256, 1024, 4096, 8192, 16384, 65536})) {
    points.push_back(curve.codes("shared", models::CodebookKind::shared, size));
  }
  for (const int size : or_else(options.sizes, {2, 4, 8, 16, 32, 64, 128, 256})) {
    points.push_back(curve.codes("pairs, per step", models::CodebookKind::paired, size));
  }
  const double plain = points[0].frechet;
  io::Json list = io::Json::array();
  if (options.csv) fmt::print("source,k,frechet,ratio\n");
  if (!options.csv && !options.json) {
    fmt::print("{} pictures of random codes in {} steps, against {} held-out pictures\n\n",
               options.count(1000), options.steps, bench.test.count());
    fmt::print("{:<20} {:>6} {:>9} {:>7}\n", "", "K", "Frechet", "ratio");
  }
  for (const Point& point : points) {
    const double ratio = point.frechet / plain;
    if (options.json) {
      list.push_back({{"source", point.source},
                      {"k", point.size},
                      {"frechet", point.frechet},
                      {"ratio", ratio}});
    } else if (options.csv) {
      fmt::print("\"{}\",{},{:.5f},{:.4f}\n", point.source, point.size, point.frechet, ratio);
    } else {
      fmt::print("{:<20} {:>6} {:>9.3f} {:>7.3f}\n", point.source,
                 point.size > 0 ? std::to_string(point.size) : "", point.frechet, ratio);
    }
  }
  if (options.json) {
    const io::Json json = {{"dataset", bench.codec.model().pictures.dataset},
                           {"samples", options.count(1000)},
                           {"steps", options.steps},
                           {"points", std::move(list)}};
    fmt::print("{}\n", json.dump(2));
  }
  return 0;
}

}  // namespace rivulet::cli

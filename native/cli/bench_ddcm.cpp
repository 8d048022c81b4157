#include "cli/bench_ddcm.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "cli/progress.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"
#include "rivulet/data/palette.h"

namespace rivulet::cli {
namespace {

data::Pictures load_part(const DdcmBenchOptions& options, const models::DiffusionModel& model,
                         data::Part part) {
  const std::string path = options.data.empty() ? usual_data(model.pictures.dataset) : options.data;
  if (path.empty()) {
    fail("bench", "where '" + model.pictures.dataset + "' lies is not known: give it as --data");
  }
  data::Pictures pictures = load_set(path, {}, part);
  if (pictures.side != model.pictures.net.side ||
      pictures.channels != model.pictures.net.channels || pictures.count() < 2) {
    fail("bench", "the model is of other pictures than those of " + path);
  }
  return pictures;
}

models::Judge load_judge(const DdcmBenchOptions& options, const models::DiffusionModel& model) {
  const std::string path =
      options.judge.empty()
          ? shipped_model(data::weights_file("judge", model.pictures.dataset), "--judge")
          : options.judge;
  return models::Judge(io::load_safetensors(path), options.codec.device.device(),
                       options.codec.device.compile());
}

int run(const DdcmBenchOptions& options) {
  DdcmBench bench(options);
  if (options.curve) return run_ddcm_curve(options, bench);
  if (options.uuids > 0) return run_ddcm_uuids(options, bench);
  return run_ddcm_rates(options, bench);
}

}  // namespace

DdcmBench::DdcmBench(const DdcmBenchOptions& options)
    : codec(options.codec.open()),
      judge(load_judge(options, codec.model())),
      test(load_part(options, codec.model(), data::Part::test)),
      palette(data::palette_of(load_part(options, codec.model(), data::Part::train))) {}

data::Pictures DdcmBench::like_test(std::vector<uint8_t> pixels) const {
  data::Pictures pictures = test;
  pictures.pixels = std::move(pixels);
  pictures.labels.clear();
  return pictures;
}

metrics::Gaussian DdcmBench::gaussian(const data::Pictures& pictures) {
  metrics::Gaussian gaussian(judge.model().net.features);
  gaussian.add(judge(pictures).features);
  return gaussian;
}

data::Pictures DdcmBench::decode(const std::string& what,
                                 const std::vector<models::DdcmFile>& files) {
  constexpr size_t batch = 64;
  Status status(what);
  std::vector<uint8_t> pixels;
  for (size_t first = 0; first < files.size(); first += batch) {
    const size_t rows = std::min(batch, files.size() - first);
    const std::vector<uint8_t> some = codec.decode(std::span(files).subspan(first, rows));
    pixels.insert(pixels.end(), some.begin(), some.end());
    status.show(static_cast<int64_t>(first + rows), static_cast<int64_t>(files.size()));
  }
  return like_test(std::move(pixels));
}

void add_bench_ddcm(Command bench, Action& action) {
  const Command command = bench.add_subcommand(
      "ddcm", "What codes of pictures keep, byte for byte, beside JPEG, WebP, PNG and deflate");
  const auto options = std::make_shared<DdcmBenchOptions>();
  options->codec.add(command);
  const auto option = [&](const char* name, const char* type, auto& value, const char* help) {
    return command.add_option(name, value, help).type_name(type);
  };
  option("--data", "PATH", options->data, "The pictures it learned (default: by their name)");
  option("--judge", "FILE", options->judge, "Whose features count (default: the one shipped)");
  option("--n", "N", options->n, "Held-out pictures (default: 200), or samples (1000)")
      .between(2, 100000);
  option("--effort", "N", options->effort, "Of the rows that search")
      .between(1, models::max_effort)
      .capture_default_str();
  option("--only", "TEXT", options->only, "Rows whose name holds this");
  Option curve = command.add_flag("--curve", options->curve,
                                  "Instead: the Frechet distance of random codes, by K");
  option("--steps", "N", options->steps, "Of the curve").between(2, 1000).capture_default_str();
  option("--sizes", "K,K,...", options->sizes, "Of the curve's codebooks (powers of two)")
      .delimiter(',')
      .between(2, 65536);
  Option uuids =
      option("--uuids", "N", options->uuids, "Instead: how many of N random UUIDs are faces")
          .between(2, 100000)
          .excludes(curve);
  option("--seed", "N", options->seed, "Of random codes and samples").capture_default_str();
  Option json = command.add_flag("--json", options->json, "Results as JSON");
  command.add_flag("--csv", options->csv, "Results as a table for other programs")
      .excludes(json)
      .excludes(uuids);
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli

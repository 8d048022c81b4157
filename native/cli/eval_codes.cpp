// rivulet eval of a model of codes: how many bits a token has, and what drawn codes look like.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "cli/codes.h"
#include "cli/eval.h"
#include "cli/progress.h"
#include "rivulet/core/timed.h"
#include "rivulet/io/json.h"
#include "rivulet/models/ddpm.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Codes = std::vector<models::DdcmCode>;

constexpr int batch = 100;

/// Bits of each token of held-out codes, without labels and with them.
struct Bits {
  std::vector<double> untold;
  std::vector<double> told;
};
double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<float> no_labels(const models::CodeModel& model, int64_t n) {
  std::vector<float> labels;
  const std::vector<float> any = model.any();
  for (int64_t i = 0; i < n; ++i) labels.insert(labels.end(), any.begin(), any.end());
  return labels;
}

/// Pictures under the labels of the first of `like`.
data::Pictures as_pictures(std::vector<uint8_t> pixels, const data::Pictures& like) {
  data::Pictures set = like;
  set.pixels = std::move(pixels);
  set.labels.clear();
  for (int64_t i = 0; i < set.count(); ++i) {
    const std::span<const uint8_t> labels = like.labels_of(i % like.count());
    set.labels.insert(set.labels.end(), labels.begin(), labels.end());
  }
  return set;
}

/// What DDPM draws in as many steps, by the decoder's network and without labels.
std::vector<uint8_t> draw_ddpm(const Eval& options, const io::SafeTensors& decoder,
                               const models::DdcmSettings& settings) {
  models::PictureDenoiser denoiser(decoder, batch, options.device.device(), options.compile());
  const auto values = static_cast<size_t>(denoiser.model().pixels());
  std::vector<float> x(static_cast<size_t>(options.n) * values);
  for (int64_t i = 0; i < options.n; ++i) {
    models::picture_noise(options.seed, i,
                          std::span(x).subspan(static_cast<size_t>(i) * values, values));
  }
  models::sample_ddpm(std::ref(denoiser),
                      {.steps = settings.codes + 1,
                       .rho = settings.rho,
                       .noise = settings.noise,
                       .seed = options.seed},
                      x, denoiser.model().pixels());
  models::snap_colours(denoiser.model(), settings, x);
  std::vector<uint8_t> pixels(x.size());
  data::to_pixels(x, pixels);
  return pixels;
}

struct Result {
  Bits bits;
  std::vector<EvalRow> rows;
};

/// Adds a row of pictures that `make` makes; their labels mean something where `labelled`.
void add_row(Result& result, const EvalData& data, const std::string& name, bool labelled,
             const std::function<std::vector<uint8_t>()>& make) {
  const Status status(name);
  const Clock::time_point begun = Clock::now();
  const data::Pictures samples = as_pictures(make(), data.test);
  const double seconds = seconds_since(begun);
  result.rows.push_back({name, data.yardstick->score(samples), seconds});
  if (!labelled) result.rows.back().score.accuracies.clear();
}

Result evaluate(const Eval& options, models::CodeSampler& sampler, models::PictureCodec& codec,
                const EvalData& data) {
  const models::CodeModel& model = sampler.model();
  const models::DdcmSettings& settings = model.settings;
  const train::CodeSet own = encode_pictures(codec, settings, data.test, options.n);
  const auto decode = [&](const Codes& codes) { return decode_codes(codec, settings, codes); };
  Result result;
  const auto held_out = static_cast<int64_t>(own.codes.size());
  result.bits = {.untold = sampler.bits(own.codes, no_labels(model, held_out)),
                 .told = sampler.bits(own.codes, own.labels)};
  add_row(result, data, "own", true, [&] { return decode(own.codes); });
  add_row(result, data, "tokens", false, [&] {
    return decode(sampler.sample(no_labels(model, options.n), options.n, 1, options.seed));
  });
  add_row(result, data, "told", true,
          [&] { return decode(sampler.sample(own.labels, held_out, 1, options.seed)); });
  add_row(result, data, "random", false, [&] {
    Codes codes;
    for (int64_t i = 0; i < options.n; ++i) {
      codes.push_back(models::random_code(settings, options.seed + static_cast<uint64_t>(i)));
    }
    return decode(codes);
  });
  return result;
}

}  // namespace

int eval_codes(const Eval& options, const io::SafeTensors& file) {
  models::CodeSampler sampler(file, batch, options.device.device(), options.compile());
  const models::CodeModel& model = sampler.model();
  const std::string path = decoder_path(options.decoder, model.dataset);
  models::PictureCodec codec = open_decoder(path, model, options.device);
  const EvalData data(options, codec.model().pictures);
  Result result = evaluate(options, sampler, codec, data);
  add_row(result, data, "ddpm", false,
          [&] { return draw_ddpm(options, io::load_safetensors(path), model.settings); });
  if (options.json) {
    io::Json json = json_of(options, data);
    json["architecture"] = "code";
    json["decoder"] = path;
    json["bits_per_token"] = {{"index", model.settings.bits},
                              {"held_out", mean(result.bits.untold)},
                              {"held_out_with_labels", mean(result.bits.told)},
                              {"each", result.bits.untold},
                              {"each_with_labels", result.bits.told}};
    for (const EvalRow& row : result.rows) {
      json["rows"][row.name] = to_json(row.score, model.attributes);
      json["rows"][row.name]["seconds"] = row.seconds;
    }
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("codes of {} ({}): {} samples, seed {}\n\n", model.dataset,
             models::name_of(model.look), options.n, options.seed);
  fmt::print("bits a token of held-out codes: {:.3f}, with labels {:.3f}, of {}\n",
             mean(result.bits.untold), mean(result.bits.told), model.settings.bits);
  fmt::print("  each          {:.2f}\n", fmt::join(result.bits.untold, " "));
  fmt::print("  with labels   {:.2f}\n\n", fmt::join(result.bits.told, " "));
  print_rows("codes", result.rows, data.floor, model.attributes);
  return 0;
}

}  // namespace rivulet::cli

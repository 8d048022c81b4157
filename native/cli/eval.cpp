// rivulet eval
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/eval.h"
#include "cli/evaluation.h"
#include "cli/held_out.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"
#include "rivulet/core/timed.h"
#include "rivulet/io/json.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/kind.h"

namespace rivulet::cli {

namespace {

constexpr int64_t fewest = 3;  // pictures that say nothing of a distribution

}  // namespace

data::Pictures Eval::load(const std::string& dataset, data::Part part) const {
  data::Pictures set = load_set(data, dataset, part);
  if (part == data::Part::train || set.count() > fewest) return set;
  set = load_set(data, dataset);
  shown_on_terminal();
  fmt::print(stderr, "too few pictures are held out: all that were learned stand for them\n");
  return set;
}

void check_fit(const char* what, int side, int channels,
               const std::vector<data::Attribute>& attributes, const data::Pictures& pictures) {
  if (pictures.side == side && pictures.channels == channels && pictures.attributes == attributes) {
    return;
  }
  fail("eval", fmt::format("the {} is of other pictures ({}x{}x{}, {} attributes) than the data "
                           "({}x{}x{}, {} attributes)",
                           what, side, side, channels, attributes.size(), pictures.side,
                           pictures.side, pictures.channels, pictures.attributes.size()));
}

EvalData::EvalData(const Eval& options, const models::PictureNet& model)
    : train(options.load(model.dataset, data::Part::train)),
      test(options.load(model.dataset, data::Part::test)),
      judge_file(options.judge.empty()
                     ? shipped_model(data::weights_file("judge", model.dataset), "--judge")
                     : options.judge),
      judge(load_model(judge_file, "--judge", {models::ModelKind::judge}), options.device.device(),
            options.compile()) {
  check_fit("model", model.net.side, model.net.channels, model.attributes, train);
  check_fit("model", model.net.side, model.net.channels, model.attributes, test);
  const models::JudgeModel& judging = judge.model();
  check_fit("judge", judging.net.side, judging.net.channels, judging.attributes, test);
  const Status status("held-out data");
  yardstick = std::make_unique<Yardstick>(judge, train, test, options.n, options.device.device(),
                                          options.compile());
  floor = yardstick->floor();
}

namespace {

using models::ModelKind;

void print_row(const std::string& name, const PictureScore& score, size_t accuracies) {
  fmt::print("{:>8}  {:>9.3f}  {:>9.3f}  {:>6.3f}  {:>8.3f}  {:>8.3f}", name, score.frechet,
             score.manifold.precision, score.manifold.recall, score.nearest.median,
             score.nearest.first_percentile);
  for (size_t k = 0; k < std::min(accuracies, score.accuracies.size()); ++k) {
    fmt::print("  {:>10.1f}%", 100 * score.accuracies[k]);
  }
  fmt::print("\n");
}

}  // namespace

void print_rows(const std::string& heading, const std::vector<EvalRow>& rows,
                const PictureScore& floor, const std::vector<data::Attribute>& attributes) {
  fmt::print("{:>8}  {:>9}  {:>9}  {:>6}  {:>8}  {:>8}", heading, "Frechet", "precision", "recall",
             "nearest", "1st perc");
  for (const data::Attribute& attribute : attributes) fmt::print("  {:>11.11}", attribute.name);
  fmt::print("\n");
  for (const EvalRow& row : rows) print_row(row.name, row.score, attributes.size());
  print_row("data", floor, attributes.size());
}

io::Json json_of(const Eval& options, const EvalData& data) {
  return {{"model", options.model},
          {"dataset", data.test.name},
          {"judge", data.judge_file},
          {"samples", options.n},
          {"seed", options.seed},
          {"training_pictures", data.train.count()},
          {"held_out_pictures", data.test.count()},
          {"device", options.device.name},
          {"threads", int{options.device.threads}},
          {"floor", to_json(data.floor, data.test.attributes)}};
}

namespace {

using Clock = std::chrono::steady_clock;

// ---- A judge -----------------------------------------------------------------------------------

int run_judge(const Eval& options, const io::SafeTensors& file) {
  models::Judge judge(file, options.device.device(), options.compile());
  const models::JudgeModel& model = judge.model();
  const data::Pictures test = options.load(model.dataset, data::Part::test);
  check_fit("judge", model.net.side, model.net.channels, model.attributes, test);
  const std::vector<double> shares =
      models::accuracies(judge(test).labels, test.labels, test.attributes.size());
  if (options.json) {
    io::Json json = {{"model", options.model},
                     {"architecture", "judge"},
                     {"dataset", model.dataset},
                     {"pictures", test.count()}};
    for (size_t k = 0; k < shares.size(); ++k) {
      json["accuracy"][test.attributes[k].name] = shares[k];
    }
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("judge of {}: accuracy on {} held-out pictures\n", model.dataset, test.count());
  for (size_t k = 0; k < shares.size(); ++k) {
    fmt::print("{:>16}  {:6.2f}%\n", test.attributes[k].name, 100 * shares[k]);
  }
  return 0;
}

// ---- A model of pictures -----------------------------------------------------------------------

constexpr int largest_batch = 250;

/// What a file draws pictures by: a flow by so many steps, or denoising diffusion, ancestrally.
std::function<Maker(int steps)> makers_of(const Eval& options, const io::SafeTensors& file,
                                          int batch) {
  const Device& device = options.device.device();
  if (models::kind_of(file.metadata) != ModelKind::diffusion) {
    const auto sampler =
        std::make_shared<models::PictureSampler>(file, batch, device, options.compile());
    return [sampler, guidance = options.guidance](int steps) -> Maker {
      return [=](std::span<const float> labels, std::span<float> x) {
        sampler->sample(
            {.labels = {labels.begin(), labels.end()}, .guidance = guidance, .steps = steps}, x);
      };
    };
  }
  if (options.guidance != 1) fail("eval", "--guidance is for models of flow");
  const auto denoiser =
      std::make_shared<models::PictureDenoiser>(file, batch, device, options.compile());
  return [denoiser, first = options.seed](int steps) -> Maker {
    return [=, seed = first](std::span<const float> labels, std::span<float> x) mutable {
      denoiser->condition(labels);
      models::sample_ddpm(std::ref(*denoiser), {.steps = steps, .seed = seed}, x,
                          denoiser->model().pixels());
      seed += uint64_t{1} << 32;  // the rows of the next batch are others
    };
  };
}

/// Of a flow; nothing of denoising diffusion and of one-step students, which learn other losses.
std::optional<models::HeldOut> hold_out(const Eval& options, const io::SafeTensors& file,
                                        const data::Pictures& test) {
  if (models::kind_of(file.metadata) == ModelKind::diffusion) return std::nullopt;
  if (models::picture_model(file).one_step) return std::nullopt;
  Status status("held-out loss");
  return models::held_out(file, test, options.seed, options.device.device(), options.compile(),
                          [&](int64_t done) { status.show(done, test.count()); });
}

/// What a flow does on held-out pictures, without samples and without a judge.
int run_held_out(const Eval& options, const io::SafeTensors& file) {
  const models::PictureNet model = models::picture_net(file.metadata);
  const data::Pictures test = options.load(model.dataset, data::Part::test);
  check_fit("model", model.net.side, model.net.channels, model.attributes, test);
  const std::optional<models::HeldOut> found = hold_out(options, file, test);
  if (!found) fail("eval", "--no-samples is for models of flow, which have a loss on data");
  if (options.json) {
    io::Json json = {{"model", options.model},
                     {"dataset", model.dataset},
                     {"seed", options.seed},
                     {"held_out_pictures", test.count()},
                     {"held_out", to_json(*found)}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} on {}: {} held-out pictures, seed {}\n\n", io::card_text(file.metadata, "method"),
             model.dataset, test.count(), options.seed);
  print_held_out(*found);
  return 0;
}

/// As asked for; one where that is all that a student knows.
std::vector<int> steps_of(const Eval& options, const io::SafeTensors& file) {
  if (models::kind_of(file.metadata) != ModelKind::picture_flow) return options.steps;
  const models::PictureModel model = models::picture_model(file);
  if (!model.one_step) return options.steps;
  const std::vector<int> counts = options.steps_given ? options.steps : std::vector<int>{1};
  for (const int steps : counts) {
    models::check_student(model, {.guidance = options.guidance, .steps = steps});
  }
  return counts;
}

int run_pictures(const Eval& options, const io::SafeTensors& file) {
  if (options.no_samples) return run_held_out(options, file);
  const models::PictureNet model = models::picture_net(file.metadata);
  const int batch = std::min(options.n, largest_batch);
  const std::vector<int> counts = steps_of(options, file);
  const auto makers = makers_of(options, file, batch);
  const EvalData data(options, model);
  const std::optional<models::HeldOut> found = hold_out(options, file, data.test);
  std::vector<EvalRow> rows;
  for (const int steps : counts) {
    Status status(fmt::format("{} step{}", steps, steps == 1 ? "" : "s"));
    const Clock::time_point begun = Clock::now();
    const data::Pictures samples =
        sample_pictures(makers(steps), batch, data.test, options.n, options.seed,
                        [&](int64_t done) { status.show(done, options.n); });
    const double seconds = seconds_since(begun);
    rows.push_back({std::to_string(steps), data.yardstick->score(samples), seconds});
  }
  const std::string& method = io::card_text(file.metadata, "method");
  if (options.json) {
    io::Json json = json_of(options, data);
    json["architecture"] = "dit";
    json["method"] = method;
    json["guidance"] = options.guidance;
    if (found) json["held_out"] = to_json(*found);
    for (const EvalRow& row : rows) {
      json["steps"][row.name] = to_json(row.score, model.attributes);
      json["steps"][row.name]["sampling_seconds"] = row.seconds;
    }
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} on {}: {} samples against {} held-out pictures, guidance {}, seed {}\n\n", method,
             model.dataset, options.n, data.test.count(), options.guidance, options.seed);
  print_rows("steps", rows, data.floor, model.attributes);
  if (found) {
    fmt::print("\n");
    print_held_out(*found);
  }
  return 0;
}

int run(const Eval& options) {
  const io::SafeTensors file = load_model(options.model, "eval",
                                          {ModelKind::picture_flow, ModelKind::diffusion,
                                           ModelKind::tarflow, ModelKind::judge, ModelKind::code});
  switch (models::kind_of(file.metadata)) {
    case ModelKind::judge:
      return run_judge(options, file);
    case ModelKind::tarflow:
      return eval_tarflow(options, file);
    case ModelKind::code:
      return eval_codes(options, file);
    case ModelKind::picture_flow:
    case ModelKind::diffusion:
      return run_pictures(options, file);
    case ModelKind::plane_flow:
    case ModelKind::plane_tarflow:
      break;
  }
  fail("eval", "there is no way to judge this");
}

}  // namespace

void add_eval(Command app, Action& action) {
  const Command command = app.add_subcommand(
      "eval", "How good the samples of a picture model are, or how often a judge is right");
  const auto options = std::make_shared<Eval>();
  command.add_option("--model", options->model, "A model of pictures or of their codes, or a judge")
      .type_name("FILE")
      .required();
  command.add_option("--data", options->data, "The pictures it learned (default: by their name)")
      .type_name("PATH");
  command.add_option("--judge", options->judge, "Who judges (default: the one that is shipped)")
      .type_name("FILE");
  command
      .add_option("--decoder", options->decoder,
                  "Of a model of codes: what draws them (default: the one that is shipped)")
      .type_name("FILE");
  command.add_option("--n", options->n, "Samples")
      .type_name("N")
      .between(4, 1'000'000)
      .capture_default_str();
  const Option steps =
      command.add_option("--steps", options->steps, "Counts of steps from noise to picture")
          .type_name("N,N,...")
          .delimiter(',')
          .between(1, 100000)
          .capture_default_str();
  command.add_option("--guidance", options->guidance, "w, as in sample; 1: as learned")
      .type_name("W")
      .between(1.0, 20.0)
      .capture_default_str();
  command.add_option("--seed", options->seed, "Of the noise").type_name("N").capture_default_str();
  command.add_flag("--no-samples", options->no_samples,
                   "Of a model of flow: its loss and the load of its experts alone");
  options->device.add(command);
  command.add_flag("--json", options->json, "Results as JSON");
  command.callback([options, steps, &action] {
    options->steps_given = steps.given();
    action = [options] { return run(*options); };
  });
}

}  // namespace rivulet::cli

#include "cli/picture_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/alive.h"
#include "cli/kinds.h"
#include "rivulet/core/error.h"

#include "rivulet/io/json.h"
#include "rivulet/models/pictures.h"

namespace rivulet::cli {

PictureRun::PictureRun(std::string name, nn::DitConfig usual)
    : set(std::move(name)), net_(std::move(usual)) {
  options.steps = 7000;
}

void PictureRun::add(Command to) {
  to.add_option("--data", data, "Pictures: a folder, an .npy file or an idx(.gz) file")
      .type_name("PATH")
      .required(set.empty())
      .default_str(usual_data(set));
  add_training(to);
  settled.number(to, "--width", net_.width, 8, 1024, "Channels of a token");
  settled.number(to, "--depth", net_.depth, 1, 32, "Transformer layers");
  settled.number(to, "--heads", net_.heads, 1, 64, "Attention heads");
  settled.number(to, "--patch", patch_, 1, 64,
                 "Side of a patch (default: as large as is sensible)");
  experts.add(settled, to);
}

void PictureRun::add_training(Command to) {
  options.add(to);
  device.add(to);
  settled.add(
      to.add_option("--seed", trainer.seed, "Of weights, noise and data").capture_default_str());
  settled.number(to, "--batch", rows.batch, 2, 4096, "Pictures a step");
  settled.number(to, "--learning-rate", trainer.learning_rate, 0.0, 1.0,
                 "Peak of warm-up and cosine");
  settled.number(to, "--weight-decay", trainer.weight_decay, 0.0, 1.0, "Decoupled");
  settled.number(to, "--ema-decay", trainer.ema_decay, 0.0, 0.99999,
                 "Of the averaged weights, which are kept");
  settled.number(to, "--label-dropout", rows.label_dropout, 0.0, 1.0,
                 "Share of rows without labels");
}

void PictureRun::when_chosen(Command app, Action& action, std::function<int()> train) {
  app.callback([this, app, &action, train = std::move(train)] {
    command = settled.command_of(app, options.steps);
    settled.refuse_beside(options.resume);
    check();
    options.settle();
    action = [this, train] {
      options.claim();
      return train();
    };
  });
}

std::shared_ptr<const data::Pictures> PictureRun::pictures() {
  auto pictures = std::make_shared<data::Pictures>(load_set(data, set));
  if (!set.empty()) pictures->name = set;
  pictures_ = pictures;
  return pictures;
}

std::optional<io::SafeTensors> PictureRun::checkpoint() {
  trainer.schedule_steps = std::max<int64_t>(options.steps, 1);
  if (options.resume.empty()) return std::nullopt;
  io::SafeTensors file = load_checkpoint(
      options.resume,
      {models::ModelKind::picture_flow, models::ModelKind::diffusion, models::ModelKind::tarflow});
  trainer = train::trainer_config(file.metadata);
  rows = train::picture_rows(file.metadata);
  if (file.metadata.contains("command")) command = file.metadata.at("command");
  return file;
}

void PictureRun::shape(nn::DitConfig& net) const {
  net.width = net_.width;
  net.depth = net_.depth;
  net.heads = net_.heads;
  net.patch = patch_.value_or(net.patch);
  experts.shape(net);
}

train::Trainer PictureRun::make_trainer(train::Objective objective,
                                        const std::optional<io::SafeTensors>& checkpoint) {
  objective.card["command"] = command;
  if (pictures_) mark_data(objective.card, *pictures_);
  if (checkpoint && pictures_) check_data(checkpoint->metadata, *pictures_, options.resume);
  const Activity activity("preparing the training");
  train::Trainer made(std::move(objective), trainer, device.device(), device.compile());
  if (checkpoint) made.restore(*checkpoint);
  return made;
}

/// Pictures of as many label sets, from the same noise each time.
void PictureRun::draw_sheet(const nn::DitConfig& net, const Sample& sample) const {
  const auto values = static_cast<size_t>(net.pixels());
  std::vector<float> x(sheet_pictures * values);
  std::vector<float> labels;
  for (size_t i = 0; i < sheet_pictures; ++i) {
    models::picture_noise(trainer.seed, static_cast<int64_t>(i),
                          std::span(x).subspan(i * values, values));
    for (size_t k = 0; k < net.classes.size(); ++k) {
      const auto classes = static_cast<size_t>(net.classes[k]);
      labels.push_back(static_cast<float>((i / (k + 1) + k) % classes));
    }
  }
  sample(labels, x);
  std::vector<uint8_t> pixels(x.size());
  data::to_pixels(x, pixels);
  io::save_png(options.beside(".png"),
               data::contact_sheet(pixels, net.side, net.channels, 6, 4, 1));
}

int PictureRun::train(train::Trainer& learner, const nn::DitConfig& net, const std::string& method,
                      const Sample& sample,
                      const std::function<void(io::SafeTensors&)>& finish) const {
  const auto picture = [&] {
    if (sample) draw_sheet(net, sample);
  };
  const TrainingReport report = run_training(learner, rows.batch, options, picture, finish);
  const auto trained = static_cast<double>(report.last - report.first);
  const double rate = report.seconds > 0 ? trained * rows.batch / report.seconds : 0;
  const std::string dataset = learner.weights().metadata.at("dataset");
  if (options.json) {
    const io::Json json = {{"file", options.out},
                           {"dataset", dataset},
                           {"method", method},
                           {"parameters", learner.parameters()},
                           {"step", report.last},
                           {"loss", report.loss},
                           {"seconds", report.seconds},
                           {"samples_per_second", rate},
                           {"interrupted", report.interrupted}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} on {}: {} parameters, step {}{}, loss {:.4f}, {:.0f} samples/s\n", method, dataset,
             learner.parameters(), report.last, report.interrupted ? " (interrupted)" : "",
             report.loss, rate);
  return 0;
}

}  // namespace rivulet::cli

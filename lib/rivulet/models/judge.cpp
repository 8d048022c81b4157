#include "rivulet/models/judge.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/pictures.h"

namespace rivulet::models {
namespace {

/// The network with the file's weights: input "x", outputs "features" and "logits.K".
Program compile_judge(const JudgeModel& model, const io::SafeTensors& file, int batch,
                      const Device& device, CompileOptions options) {
  Graph graph;
  nn::Params params(graph, file);
  const Value x = graph.input("x", {batch, model.net.pixels()});
  const nn::JudgeOutputs outputs = nn::judge(model.net, params, x);
  graph.output("features", outputs.features);  // [batch,F]
  for (size_t k = 0; k < outputs.logits.size(); ++k) {
    graph.output("logits." + std::to_string(k), outputs.logits[k]);  // [batch,classes[k]]
  }
  options.static_states = true;
  return compile(graph, device, options);
}

}  // namespace

JudgeModel judge_for(const data::Pictures& pictures) {
  JudgeModel model{.net = {.side = pictures.side,
                           .channels = pictures.channels,
                           .classes = classes_of(pictures.attributes)},
                   .dataset = pictures.name,
                   .attributes = pictures.attributes};
  if (model.attributes.empty()) {
    fail("judge", "the pictures of '" + pictures.name + "' have no labels to learn");
  }
  nn::validate(model.net);
  return model;
}

io::Card judge_card(const JudgeModel& model) {
  return {{"architecture", std::string(architecture_of(ModelKind::judge))},
          {"dataset", model.dataset},
          {"attributes", attributes_text(model.attributes)},
          {"side", std::to_string(model.net.side)},
          {"channels", std::to_string(model.net.channels)},
          {"width", std::to_string(model.net.width)},
          {"features", std::to_string(model.net.features)}};
}

JudgeModel judge_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  check_architecture(card, ModelKind::judge);
  const auto integer = [&](const char* key) {
    return static_cast<int>(io::card_integer(card, key, 1, 4096));
  };
  std::vector<data::Attribute> attributes = attributes_of(io::card_text(card, "attributes"));
  JudgeModel model{.net = {.side = integer("side"),
                           .channels = integer("channels"),
                           .classes = classes_of(attributes),
                           .width = integer("width"),
                           .features = integer("features")},
                   .dataset = io::card_text(card, "dataset"),
                   .attributes = std::move(attributes)};
  nn::validate(model.net);
  return model;
}

struct Judge::Impl {
  JudgeModel model;
  size_t batch;
  Program program;
  std::vector<float> x = {};  // [batch,D]

  /// Judges the first `rows` of x.
  void judge(size_t rows, Opinion& opinion) {
    program.write("x", x);
    program.run();
    const auto features = static_cast<size_t>(model.net.features);
    const std::span<const float> seen = program.read("features").first(rows * features);
    opinion.features.insert(opinion.features.end(), seen.begin(), seen.end());
    const size_t attributes = model.net.classes.size();
    const size_t first = opinion.labels.size();
    opinion.labels.resize(first + rows * attributes);
    opinion.shares.resize(first + rows * attributes);
    for (size_t k = 0; k < attributes; ++k) {
      const auto classes = static_cast<size_t>(model.net.classes[k]);
      const std::span<const float> logits = program.read("logits." + std::to_string(k));
      for (size_t row = 0; row < rows; ++row) {
        const auto some = logits.subspan(row * classes, classes);
        const auto largest = std::ranges::max_element(some);
        float total = 0;
        for (const float logit : some) total += std::exp(logit - *largest);
        const size_t at = first + row * attributes + k;
        opinion.labels[at] = static_cast<uint8_t>(largest - some.begin());
        opinion.shares[at] = 1 / total;
      }
    }
  }

  /// `read(first, out)` gives pixels first, first+1, ... of all pictures.
  template <class Read>
  Opinion judge_all(size_t count, const Read& read) {
    const auto pixels = static_cast<size_t>(model.net.pixels());
    Opinion opinion;
    for (size_t first = 0; first < count; first += batch) {
      const size_t rows = std::min(batch, count - first);
      read(first * pixels, std::span(x).first(rows * pixels));
      judge(rows, opinion);
    }
    return opinion;
  }
};

Judge::Judge(const io::SafeTensors& file, const Device& device, const CompileOptions& options,
             int batch) {
  if (batch < 1 || batch > 4096) {
    fail("judge", "a batch must hold 1..4096 pictures, not " + std::to_string(batch));
  }
  JudgeModel model = judge_model(file);
  Program program = compile_judge(model, file, batch, device, options);
  const auto values = static_cast<size_t>(batch * model.net.pixels());
  impl_ = std::make_unique<Impl>(Impl{.model = std::move(model),
                                      .batch = static_cast<size_t>(batch),
                                      .program = std::move(program)});
  impl_->x.resize(values);
}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

const JudgeModel& Judge::model() const { return impl_->model; }

Opinion Judge::operator()(std::span<const float> x) {
  const auto pixels = static_cast<size_t>(impl_->model.net.pixels());
  if (x.size() % pixels != 0) {
    fail("judge",
         std::to_string(x.size()) + " numbers are no pictures of " + std::to_string(pixels));
  }
  return impl_->judge_all(x.size() / pixels, [x](size_t first, std::span<float> out) {
    std::ranges::copy(x.subspan(first, out.size()), out.begin());
  });
}

Opinion Judge::operator()(const data::Pictures& pictures) {
  const nn::JudgeConfig& net = impl_->model.net;
  if (pictures.side != net.side || pictures.channels != net.channels) {
    fail("judge", "pictures of " + std::to_string(pictures.side) + " pixels a side and " +
                      std::to_string(pictures.channels) + " channels, not " +
                      std::to_string(net.side) + " and " + std::to_string(net.channels));
  }
  const std::span<const uint8_t> pixels = pictures.pixels;
  return impl_->judge_all(static_cast<size_t>(pictures.count()),
                          [pixels](size_t first, std::span<float> out) {
                            data::to_model(pixels.subspan(first, out.size()), out);
                          });
}

std::vector<double> accuracies(std::span<const uint8_t> labels, std::span<const uint8_t> truth,
                               size_t attributes) {
  if (attributes == 0 || labels.empty() || labels.size() != truth.size() ||
      labels.size() % attributes != 0) {
    fail("accuracy", std::to_string(labels.size()) + " labels against " +
                         std::to_string(truth.size()) + " of " + std::to_string(attributes) +
                         " attributes");
  }
  std::vector<double> shares(attributes);
  const size_t rows = labels.size() / attributes;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == truth[i]) ++shares[i % attributes];
  }
  for (double& share : shares) share /= static_cast<double>(rows);
  return shares;
}

}  // namespace rivulet::models

#include "rivulet/models/guide.h"

#include <algorithm>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

namespace rivulet::models {
namespace {

std::string wanted_name(size_t attribute) { return "wanted." + std::to_string(attribute); }

/// Inputs "x" and, for each attribute, "wanted.K": 1 at the label, zeros for any. Outputs "log_p"
/// [B,1] and "gradient" [B,D].
Program compile_gradient(const JudgeModel& model, const io::SafeTensors& file, int batch,
                         const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, file);
  const Value x = graph.input("x", {batch, model.net.pixels()});
  const nn::JudgeOutputs outputs = nn::judge(model.net, params, x);
  Value log_p = graph.fill({batch, 1}, 0);
  for (size_t k = 0; k < outputs.logits.size(); ++k) {
    const Value logits = outputs.logits[k];  // [B,classes[k]]
    const Value wanted = graph.input(wanted_name(k), logits.shape());
    log_p = log_p + sum(log_softmax(logits) * wanted, {1});
  }
  graph.output("log_p", log_p);
  graph.output("gradient", grad(sum(log_p), x));
  return compile(graph, device, options);
}

}  // namespace

struct JudgeGradient::Impl {
  JudgeModel model;
  size_t batch;
  Program program;
  std::vector<float> x;  // [batch,D]

  void want(std::span<const float> labels) {
    const std::vector<int>& classes = model.net.classes;
    if (labels.size() != classes.size()) {
      fail("guidance", std::to_string(labels.size()) + " labels for " +
                           std::to_string(classes.size()) + " attributes");
    }
    for (size_t k = 0; k < classes.size(); ++k) {
      need("guidance", "label", labels[k], 0, static_cast<float>(classes[k]));
      const auto count = static_cast<size_t>(classes[k]);
      const auto label = static_cast<size_t>(labels[k]);
      std::vector<float> wanted(batch * count);
      for (size_t row = 0; row < batch && label < count; ++row) wanted[row * count + label] = 1;
      program.write(wanted_name(k), wanted);
    }
  }
};

JudgeGradient::JudgeGradient(const io::SafeTensors& judge, int batch, const Device& device,
                             const CompileOptions& options) {
  need("guidance", "batch", batch, 1, 4096);
  JudgeModel model = judge_model(judge);
  Program program = compile_gradient(model, judge, batch, device, options);
  const auto values = static_cast<size_t>(batch * model.net.pixels());
  impl_ = std::make_unique<Impl>(Impl{.model = std::move(model),
                                      .batch = static_cast<size_t>(batch),
                                      .program = std::move(program),
                                      .x = std::vector<float>(values)});
}
JudgeGradient::JudgeGradient(JudgeGradient&&) noexcept = default;
JudgeGradient& JudgeGradient::operator=(JudgeGradient&&) noexcept = default;
JudgeGradient::~JudgeGradient() = default;

const JudgeModel& JudgeGradient::model() const { return impl_->model; }

float JudgeGradient::operator()(std::span<const float> labels, std::span<const float> x,
                                std::span<float> gradient) {
  Impl& self = *impl_;
  const auto d = static_cast<size_t>(self.model.net.pixels());
  if (x.empty() || x.size() % d != 0 || gradient.size() != x.size()) {
    fail("guidance",
         std::to_string(x.size()) + " pixels are no whole pictures of " + std::to_string(d));
  }
  self.want(labels);
  double log_p = 0;
  for (size_t first = 0; first < x.size(); first += self.x.size()) {
    const std::span<const float> part = x.subspan(first, std::min(self.x.size(), x.size() - first));
    std::ranges::copy(part, self.x.begin());
    self.program.write("x", self.x);
    self.program.run();
    std::ranges::copy(self.program.read("gradient").first(part.size()),
                      gradient.subspan(first, part.size()).begin());
    for (const float value : self.program.read("log_p").first(part.size() / d)) log_p += value;
  }
  return static_cast<float>(log_p / static_cast<double>(x.size() / d));
}

Pull pull_towards(JudgeGradient& judge, std::vector<float> labels) {
  return [&judge, labels = std::move(labels)](NoiseLevel /*level*/, std::span<const float> /*x_t*/,
                                              std::span<const float> x0,
                                              std::span<float> r) { judge(labels, x0, r); };
}

}  // namespace rivulet::models

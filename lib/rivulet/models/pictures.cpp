#include "rivulet/models/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/graph/ops.h"
#include "rivulet/io/card.h"
#include "rivulet/models/inputs.h"

namespace rivulet::models {

io::Card picture_card(const PictureModel& model) {
  io::Card card = picture_net_card(model.pictures);
  card["method"] = model.one_step ? distilled_method : name_of(model.method);
  card["highest_guidance"] = fmt::to_string(model.highest_guidance);
  return card;
}

PictureModel picture_model(const io::SafeTensors& file) {
  const io::Card& card = file.metadata;
  PictureNet pictures = picture_net(card);
  const std::string& method = io::card_text(card, "method");
  const bool one_step = method == distilled_method;
  const Method trained_by = one_step ? Method::shortcut : method_names.read(method);
  if (trained_by != Method::flow_matching && trained_by != Method::shortcut) {
    io::bad_card(card, "method");
  }
  PictureModel model{.method = trained_by,
                     .pictures = std::move(pictures),
                     .highest_guidance = io::card_number(card, "highest_guidance"),
                     .one_step = one_step};
  if (!(model.highest_guidance >= 1 && model.highest_guidance <= 20)) {
    io::bad_card(card, "highest_guidance");
  }
  return model;
}

void need_all_times(const char* where, const PictureModel& model) {
  if (!model.one_step) return;
  fail(where,
       "this model is a one-step student: it knows the step from noise to picture, and no "
       "moment between");
}

void check_student(const PictureModel& model, const PictureRequest& request) {
  if (!model.one_step) return;
  if (request.steps != 1) {
    fail("sampler", "this model makes pictures in one step, not in " +
                        std::to_string(request.steps) + ": that is all that it has learned");
  }
  if (request.guidance > model.highest_guidance) {
    fail("sampler",
         "a one-step student cannot be guided: its guidance was settled when it learned");
  }
}

void picture_noise(uint64_t seed, int64_t i, std::span<float> x) {
  Rng(seed, static_cast<uint64_t>(i)).normal(x);
}

struct PictureSampler::Impl {
  PictureModel model;
  int batch;
  Program program;
  std::vector<float> labels;    // [batch,K], of the evaluation to come
  std::vector<float> unguided;  // [batch,D]
  std::vector<float> scratch;   // [batch,D]

  void evaluate(std::span<const float> wanted, std::span<const float> x, float t, float d,
                float guidance) {
    write_labels(program, wanted);
    program.write(input::x, x);
    program.write(input::t, {&t, 1});
    program.write(input::d, {&d, 1});
    program.write(input::guidance, {&guidance, 1});
    program.run();
  }
  void check(const PictureRequest& request, std::span<const float> x) const;
};

Program compile_picture_model(const nn::DitConfig& net, const io::SafeTensors& file, int batch,
                              const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, file);
  const nn::DitInputs inputs = picture_inputs(graph, net, batch);
  nn::MoeTrace trace;
  if (net.experts) {
    trace.enabled =
        1.0F - graph.input(input::silenced, {net.expert_layers(), net.experts->routed()});
  }
  graph.output("v", nn::dit(net, params, inputs, &trace));  // [batch,D]
  for (int layer = 0; layer < net.expert_layers(); ++layer) {
    graph.output(gates_name(layer), trace.layers[static_cast<size_t>(layer)].gates);
  }
  return compile(graph, device, options);
}

Value one_step_pictures(const nn::DitConfig& net, nn::Params& params, Value noise, Value labels) {
  const Shape column{noise.shape()[0], 1};
  const Value one = noise.graph->fill(column, 1);
  const Value none = noise.graph->fill(column, 0);
  return noise +
         nn::dit(net, params, {.x = noise, .t = none, .d = one, .guidance = one, .labels = labels});
}

std::string gates_name(int layer) { return "gates." + std::to_string(layer); }

nn::DitInputs picture_inputs(Graph& graph, const nn::DitConfig& net, int64_t batch) {
  return {.x = graph.input(input::x, {batch, net.pixels()}),
          .t = graph.input(input::t, {1, 1}),
          .d = graph.input(input::d, {1, 1}),
          .guidance = graph.input(input::guidance, {1, 1}),
          .labels = labels_input(graph, batch, net.classes)};
}

PictureSampler::PictureSampler(const io::SafeTensors& file, int batch, const Device& device,
                               const CompileOptions& options) {
  if (batch < 1 || batch > 4096) {
    fail("sampler", "a batch must hold 1..4096 pictures, not " + std::to_string(batch));
  }
  PictureModel model = picture_model(file);
  Program program = compile_picture_model(model.pictures.net, file, batch, device, options);
  const auto values = static_cast<size_t>(batch * model.pixels());
  impl_ = std::make_unique<Impl>(Impl{.model = std::move(model),
                                      .batch = batch,
                                      .program = std::move(program),
                                      .labels = {},
                                      .unguided = std::vector<float>(values),
                                      .scratch = std::vector<float>(values)});
  const std::vector<float> any = impl_->model.any();
  for (int i = 0; i < batch; ++i) impl_->labels.insert(impl_->labels.end(), any.begin(), any.end());
}
PictureSampler::PictureSampler(PictureSampler&&) noexcept = default;
PictureSampler& PictureSampler::operator=(PictureSampler&&) noexcept = default;
PictureSampler::~PictureSampler() = default;

const PictureModel& PictureSampler::model() const { return impl_->model; }
int PictureSampler::batch() const { return impl_->batch; }
int64_t PictureSampler::flops() const { return impl_->program.flops(); }

std::span<const float> PictureSampler::gates(int layer) const {
  return impl_->program.read(gates_name(layer));
}

void PictureSampler::silence(std::span<const float> silenced) {
  impl_->program.write(input::silenced, silenced);
}

int PictureSampler::evaluations(const PictureRequest& request) const {
  const bool guided = request.guidance != 1 && !impl_->model.pictures.net.classes.empty();
  return guided && sampling_step(impl_->model.method, request.steps) == 0 ? 2 : 1;
}

void PictureSampler::Impl::check(const PictureRequest& request, std::span<const float> x) const {
  const size_t wanted = static_cast<size_t>(batch) * model.pictures.net.classes.size();
  if (request.labels.size() != wanted) {
    fail("sampler", std::to_string(request.labels.size()) + " labels for " + std::to_string(batch) +
                        " pictures of " + std::to_string(model.pictures.net.classes.size()) +
                        " attributes");
  }
  if (x.size() != static_cast<size_t>(batch * model.pixels())) {
    fail("sampler", std::to_string(x.size()) + " pixels for a batch of " +
                        std::to_string(batch * model.pixels()));
  }
  if (!(request.guidance >= 0 && request.guidance <= 100)) {
    fail("sampler", "guidance must be 0..100, not " + std::to_string(request.guidance));
  }
}

void PictureSampler::velocity(const PictureRequest& request, std::span<const float> x, float t,
                              float d, std::span<float> v) {
  Impl& self = *impl_;
  self.check(request, x);
  if (t != 0 || d != 1) need_all_times("sampler", self.model);
  const bool guided = request.guidance != 1 && !self.model.pictures.net.classes.empty();
  if (!guided || d > 0) {
    self.evaluate(request.labels, x, t, d, std::min(request.guidance, self.model.highest_guidance));
    std::ranges::copy(self.program.read("v"), v.begin());
    return;
  }
  self.evaluate(self.labels, x, t, 0, 1);
  std::ranges::copy(self.program.read("v"), self.unguided.begin());
  self.evaluate(request.labels, x, t, 0, 1);
  const std::span<const float> conditional = self.program.read("v");
  const float left = 1 - t;
  for (size_t i = 0; i < v.size(); ++i) {
    v[i] = self.unguided[i] + request.guidance * (conditional[i] - self.unguided[i]);
    if (left > 0) v[i] = (std::clamp(x[i] + left * v[i], -1.0F, 1.0F) - x[i]) / left;
  }
}

void PictureSampler::advance(const PictureRequest& request, std::span<float> x, int i) {
  if (request.steps < 1 || i < 0 || i >= request.steps) {
    fail("sampler",
         "there is no step " + std::to_string(i) + " of " + std::to_string(request.steps));
  }
  check_student(impl_->model, request);
  const auto call = [&](std::span<const float> at, float t, float d, std::span<float> v) {
    velocity(request, at, t, d, v);
  };
  euler_step(impl_->model.method, call, x, impl_->scratch, i, request.steps);
}

void PictureSampler::sample(const PictureRequest& request, std::span<float> x) {
  for (int i = 0; i < request.steps; ++i) advance(request, x, i);
}

void PictureSampler::belief(const PictureRequest& request, std::span<const float> x, float t,
                            std::span<float> picture) {
  velocity(request, x, t, 0, picture);
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = x[i] + (1 - t) * picture[i];
}

}  // namespace rivulet::models

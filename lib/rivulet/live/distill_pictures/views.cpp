#include "rivulet/live/distill_pictures/views.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/live/clock.h"
#include "rivulet/live/loaded.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/states.h"

namespace rivulet::live::distill_pictures {
namespace {

constexpr auto noise_input = "z";
constexpr auto picture_output = "picture";
constexpr int64_t first_pause = 8;  // steps to the second stage; each further one is twice as far

Program compile_student(const nn::DitConfig& net, const io::SafeTensors& weights,
                        const Device& device) {
  Graph graph;
  nn::Params params(graph, weights);
  const Value noise = graph.input(noise_input, {picture_count, net.pixels()});
  const Value labels = models::labels_input(graph, picture_count, net.classes);
  graph.output(picture_output, models::one_step_pictures(net, params, noise, labels));
  return compile(graph, device);
}

/// Throws Error where the file is not what this place is for.
void check(Model model, const pictures::LoadedModel& read) {
  const models::PictureModel& of = read.model();
  if (model == Model::student) {
    if (!of.one_step) fail("weights", "this model is no one-step student");
    return;
  }
  models::need_all_times("weights", of);
  if (of.pictures.net.experts) fail("weights", "networks with experts cannot be distilled");
  const auto method =
      model == Model::teacher ? models::Method::flow_matching : models::Method::shortcut;
  if (of.method != method) {
    fail("weights", fmt::format("these are weights of {}, not of {}", models::name_of(of.method),
                                models::name_of(method)));
  }
}

pictures::Wish wish_of(Maker maker, const Wish& wish) {
  return {.labels = wish.labels,
          .guidance = model_of(maker) == Model::teacher ? wish.guidance : 1,
          .steps = steps_of(maker, wish),
          .seed = wish.noise,
          .draw_open = true};
}

/// What the pictures of a student depend on.
bool alike(const Wish& a, const Wish& b) { return a.labels == b.labels && a.noise == b.noise; }

}  // namespace

// --- The student ---

StudentSampler::StudentSampler(const io::SafeTensors& weights, const Device& device)
    : net_(models::picture_net(weights.metadata).net),
      program_(compile_student(net_, weights, device)) {}

void StudentSampler::load(const io::SafeTensors& weights) {
  for (const auto& [name, tensor] : weights.tensors) program_.write(name, tensor.span());
}

void StudentSampler::move_to(const Device& device) {
  program_ = compile_student(net_, models::states_of(program_), device);
}

void StudentSampler::draw(const Wish& wish, std::vector<float>& values) {
  const auto pixels = static_cast<size_t>(net_.pixels());
  const std::span<float> noise = program_.input(noise_input);
  for (size_t i = 0; i < picture_count; ++i) {
    models::picture_noise(wish.noise, static_cast<int64_t>(i), noise.subspan(i * pixels, pixels));
  }
  models::write_labels(program_,
                       drawn_label_rows(net_.classes, wish.labels, picture_count, wish.noise));
  program_.run();
  const std::span<const float> drawn = program_.read(picture_output);
  values.assign(drawn.begin(), drawn.end());
}

// --- The task ---

void Views::obey(const Order& order) { order_ = order; }

bool Views::slice() {
  for (const Model model : {Model::teacher, Model::shortcut, Model::student}) {
    if (load(model)) return true;
  }
  if (order_.resting) return false;
  return draw_student() || advance();
}

bool Views::load(Model model) {
  const auto change =
      slot(model).set(order_.weights[static_cast<size_t>(model)], *order_.device,
                      [model](const pictures::LoadedModel& read) { check(model, read); });
  if (change == Slot::Change::file) forget(model);
  return change != Slot::Change::none;
}

/// The model is another one, or none.
void Views::forget(Model model) {
  for (int i = 0; i < maker_count; ++i) {
    const auto maker = static_cast<Maker>(i);
    if (model_of(maker) != model) continue;
    works_[static_cast<size_t>(i)].clear();
    out_.post(Sheet{}, maker);
  }
  out_.post(slot(model).card(), model);
}

/// The newest weights, which the mailbox then need not keep.
void Views::take_delivery() {
  if (sampler_ && device_ != order_.device) {
    try {
      sampler_->move_to(*order_.device);
    } catch (const DeviceError&) {  // its weights are gone; others are on their way
      sampler_.reset();
      run_ = 0;
    }
    device_ = order_.device;
  }
  if (!deliveries_->poll()) return;
  const Delivery newest = std::exchange(deliveries_->front(), {});
  if (sampler_ && run_ == newest.run) {
    sampler_->load(newest.weights);
  } else {
    sampler_.emplace(newest.weights, *order_.device);
    device_ = order_.device;
  }
  run_ = newest.run;
  step_ = newest.step;
}

/// With the newest weights; false where these pictures are drawn already.
bool Views::draw_student() {
  take_delivery();
  if (run_ == 0 || run_ != order_.run) return false;
  const bool other = live_.run != run_ || !alike(live_.wish, order_.wish);
  if (!other && live_.step == step_) return false;
  if (other) live_.stages.clear();
  const auto start = Clock::now();
  sampler_->draw(order_.wish, live_.values);
  live_.ms = static_cast<float>(seconds_since(start) * 1e3);
  live_.run = run_;
  live_.step = step_;
  live_.side = sampler_->net().side;
  live_.channels = sampler_->net().channels;
  live_.wish = order_.wish;
  keep_stage();
  out_.post(live_);
  return true;
}

/// Twice as far from the first as the last one was; when all places are taken, the second goes.
void Views::keep_stage() {
  std::vector<Live::Stage>& stages = live_.stages;
  const int64_t gone = stages.empty() ? 0 : stages.back().step - stages.front().step;
  const int64_t next =
      stages.empty() ? live_.step : stages.front().step + std::max(first_pause, 2 * gone);
  if (live_.step < next) return;
  if (stages.size() == most_stages) stages.erase(stages.begin() + 1);
  stages.push_back({.step = live_.step, .values = live_.values});
}

/// One step of the first maker that is not done: the quick ones come first.
bool Views::advance() {
  for (const Maker maker : {Maker::student, Maker::shortcut, Maker::one, Maker::few, Maker::many}) {
    Slot& from = slot(model_of(maker));
    if (!from) continue;
    pictures::SheetWork& work = works_[static_cast<size_t>(maker)];
    const uint64_t before = work.sheet().run;
    work.set({.model = from.card().file,
              .wish = from->within(wish_of(maker, order_.wish)),
              .count = picture_count,
              .to = {}},
             *from);
    if (work.sheet().run != before) out_.post(work.sheet(), maker);
    if (work.done()) continue;
    release_all_but(model_of(maker));
    const bool good = from.attempt([&](pictures::LoadedModel& model) {
      if (work.advance(model)) out_.post(work.sheet(), maker);
    });
    if (!good) forget(model_of(maker));
    return true;
  }
  release_all_but(std::nullopt);
  return false;
}

/// Training needs the memory: of the models that ship one is compiled at a time, while it draws.
void Views::release_all_but(std::optional<Model> used) {
  for (const Model model : {Model::teacher, Model::shortcut, Model::student}) {
    if (model != used && slot(model)) slot(model)->release();
  }
}

}  // namespace rivulet::live::distill_pictures

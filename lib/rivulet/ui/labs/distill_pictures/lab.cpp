#include "rivulet/ui/labs/distill_pictures/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"
#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

using distill_pictures::First;
using distill_pictures::Order;
using distill_pictures::picture_count;

constexpr uint64_t dice_stream = 979;
constexpr uint32_t dice_faces = 10000;

/// The first numbers of a row of pictures, for tests.
std::string values_text(std::span<const float> values) {
  return fmt::format("{:.5f}", fmt::join(values.first(std::min<size_t>(values.size(), 24)), ","));
}

}  // namespace

void DistillPicturesLab::restore(const Fields& fields) {
  state_ = distill_pictures::read_state(fields);
}

std::string DistillPicturesLab::weights_name(Model model) const {
  return "models/" + data::weights_file(distill_pictures::model_files[static_cast<size_t>(model)],
                                        state_.setup.set->name);
}

ModelFile DistillPicturesLab::weights(Model model) const {
  return model_file(frame.files, weights_name(model), engine_->card(model));
}

DistillPicturesLab::Model DistillPicturesLab::first_model() const {
  return state_.setup.first == First::teacher ? Model::teacher : Model::shortcut;
}

const distill_pictures::Progress& DistillPicturesLab::progress() const {
  return runs() && engine_->progress().run == run_ ? engine_->progress() : no_progress_;
}

const distill_pictures::Live& DistillPicturesLab::student() const {
  return runs() && engine_->student().run == run_ ? engine_->student() : no_student_;
}

std::string DistillPicturesLab::report() const {
  std::string models;
  for (const Model model : {Model::teacher, Model::shortcut, Model::student}) {
    const ModelFile file = weights(model);
    models += fmt::format(R"({}{{"weights":"{}","error":{}}})", models.empty() ? "" : ",",
                          file.name(), json_text(file.error));
  }
  std::string makers;
  for (int i = 0; i < distill_pictures::maker_count; ++i) {
    const auto maker = static_cast<Maker>(i);
    const distill_pictures::Sheet& sheet = engine_->sheet(maker);
    makers += fmt::format(R"({}{{"run":{},"done":{},"evaluations":{},"ms":{:.3f},"values":[{}]}})",
                          i > 0 ? "," : "", sheet.run, sheet.finished(),
                          distill_pictures::evaluations_of(maker, state_.wish),
                          sheet.batch > 0 ? sheet.ms / static_cast<float>(sheet.batch) : 0.0F,
                          values_text(sheet.values));
  }
  std::vector<int64_t> stages;
  for (const auto& stage : student().stages) stages.push_back(stage.step);
  return fmt::format(
      R"("set":"{}","run":{},"step":{},"playing":{},"steps_per_second":{:.2f},"l1":{:.6f},)"
      R"("curve":{},"models":[{}],"makers":[{}],"student":{{"step":{},"ms":{:.3f},"values":[{}]}},)"
      R"("stages":[{}],"error":{})",
      state_.setup.set->name, progress().run, progress().step, state_.playing,
      progress().steps_per_second, progress().last_l1, progress().l1.points().size(), models,
      makers, student().step, student().ms, values_text(student().values), fmt::join(stages, ","),
      json_text(engine_->error()));
}

void DistillPicturesLab::one_step() {
  state_.playing = false;
  allowance_ = std::max(allowance_, progress().step) + 1;
}

void DistillPicturesLab::roll() {
  state_.wish.noise = 1 + Rng(state_.wish.noise, dice_stream).below(dice_faces);
}

void DistillPicturesLab::follow_keys() {
  if (space_pressed()) state_.playing = !state_.playing;
  if (pressed(ImGuiKey_S)) one_step();
  if (pressed(ImGuiKey_R)) restart_wanted_ = true;
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_B)) {
    begin_as(state_, state_.setup.first == First::teacher ? First::shortcut : First::teacher);
  }
  state_.picture = (state_.picture + arrow_pressed() + picture_count) % picture_count;
}

/// Once all that a student learns from is here; a dial that is being dragged begins it once, when
/// it is let go.
void DistillPicturesLab::begin_run(const Ui& ui) {
  const bool changed = !(lesson_.setup == state_.setup) && released(ui);
  if (!restart_wanted_ && !changed) return;
  if (!weights(Model::teacher).ready() || !weights(first_model()).ready()) return;
  restart_wanted_ = false;
  lesson_ = {.setup = state_.setup,
             .teacher = frame.files.bytes_of(weights_name(Model::teacher)),
             .first = frame.files.bytes_of(weights_name(first_model()))};
  allowance_ = 0;
  ++run_;
}

Order DistillPicturesLab::order() const {
  Order order{.run = run_,
              .lesson = lesson_,
              .dials = state_.dials,
              .playing = state_.playing && runs(),
              .allowance = allowance_,
              .weights = {},
              .wish = state_.wish};
  for (const Model model : {Model::teacher, Model::shortcut, Model::student}) {
    order.weights[static_cast<size_t>(model)] = frame.files.bytes_of(weights_name(model));
  }
  return order;
}

void DistillPicturesLab::rest() {
  engine_.rest([](const Order& last) {
    Order order = last;
    order.playing = false;
    order.resting = true;
    return order;
  });
}

void DistillPicturesLab::ease_row(int first, std::span<const float> values, float part) {
  const auto pixels = static_cast<size_t>(pixel_side() * pixel_side() * state_.setup.set->channels);
  if (values.size() != pixels * picture_count) return;
  for (int i = 0; i < picture_count; ++i) {
    atlas_.ease(first + i, values.subspan(static_cast<size_t>(i) * pixels, pixels), part);
  }
}

void DistillPicturesLab::ease_all(const Ui& ui) {
  const float soft = 1 - std::exp(-16 * ui.dt);
  atlas_.resize(distill_pictures::slot_count, pixel_side(), state_.setup.set->channels);
  for (int i = 0; i < distill_pictures::maker_count; ++i) {
    ease_row(distill_pictures::maker_slot + i * picture_count,
             engine_->sheet(static_cast<Maker>(i)).values, soft);
  }
  const distill_pictures::Live& live = student();
  ease_row(distill_pictures::student_slot, live.values, soft);
  for (size_t i = 0; i < live.stages.size(); ++i) {
    const std::span<const float> all = live.stages[i].values;
    atlas_.ease(distill_pictures::stage_slot + static_cast<int>(i),
                all.subspan(static_cast<size_t>(state_.picture) * live.pixels(), live.pixels()),
                soft);
  }
  atlas_.upload(ui);
}

void DistillPicturesLab::update(Ui& ui) {
  frame.files.fetch(ui, weights_name(Model::teacher));
  frame.files.fetch(ui, weights_name(first_model()));
  if (weights(Model::teacher).ready()) {
    frame.files.fetch(ui, weights_name(Model::shortcut));
    frame.files.fetch(ui, weights_name(Model::student));
  }
  begin_run(ui);
  const bool new_run = !engine_.sent() || engine_.sent()->run != run_;
  engine_.ask(ui, order(), new_run);
  engine_.pump(ui);
  ease_all(ui);
}

}  // namespace rivulet::ui

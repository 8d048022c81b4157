#include "rivulet/ui/labs/pictures/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"
#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr float way_seconds = 2.4F;
constexpr float rest_seconds = 0.8F;
constexpr float morph_seconds = 6;  // there and back
constexpr uint64_t dice_stream = 977;
constexpr uint32_t dice_faces = 10000;

/// FNV-1a of pictures as bytes: equal pictures, equal numbers.
uint64_t fingerprint(std::span<const float> values) {
  std::vector<uint8_t> pixels(values.size());
  data::to_pixels(values, pixels);
  uint64_t hash = 14695981039346656037ULL;
  for (const uint8_t pixel : pixels) hash = (hash ^ pixel) * 1099511628211ULL;
  return hash;
}

/// A sheet for the report: how far, a fingerprint, and the first numbers of one picture.
std::string sheet_text(const pictures::Sheet& sheet, int picture) {
  std::string values;
  if (picture < sheet.count()) {
    for (const float v : sheet.picture(picture).first(24)) {
      values += fmt::format("{}{:.6f}", values.empty() ? "" : ",", v);
    }
  }
  float progress = 0;
  for (const float p : sheet.progress) progress += p / static_cast<float>(sheet.count());
  return fmt::format(
      R"({{"run":{},"progress":{:.4f},"done":{},"count":{},"ms":{:.3f},"batch":{},)"
      R"("gflops":{:.2f},"fingerprint":"{:016x}","values":[{}]}})",
      sheet.run, progress, std::ranges::count_if(sheet.progress, [](float p) { return p >= 1; }),
      sheet.count(), sheet.ms, sheet.batch, sheet.gflops, fingerprint(sheet.values), values);
}

}  // namespace

Fields PicturesLab::state() const {
  pictures::State state = state_;
  if (playback_.runs()) {  // what moves by itself is not a setting
    state.time = pictures::State{}.time;
    state.blend = pictures::State{}.blend;
  }
  return to_fields(state);
}

void PicturesLab::restore(const Fields& fields) {
  state_ = pictures::read_state(fields);
  playback_.hold();
  playback_.skip(engine_->trace().run);
}

std::string PicturesLab::report() const {
  std::string models;
  for (int side = 0; side < pictures::model_count; ++side) {
    const ModelFile file = weights(side);
    models += fmt::format(
        R"({}{{"method":"{}","weights":"{}","loaded":{:.3f},"error":{},"parameters":{},)"
        R"("grid":{},"step_row":{},"morph":{}}})",
        side > 0 ? "," : "", pictures::kind_of(side).name, file.name(), file.loaded,
        json_text(file.error), file.ready() ? engine_->card(side).parameters : 0,
        sheet_text(engine_->grid(side), state_.chosen),
        sheet_text(engine_->steps(side), state_.chosen),
        sheet_text(engine_->morph(side), state_.chosen));
  }
  const pictures::Trace& trace = engine_->trace();
  const bool found = trace.run > 0 && engine_->nearest().trace == trace.run;
  return fmt::format(
      R"("set":"{}","method":"{}","steps":{},"seed":{},"models":[{}],"trace":{{"run":{},)"
      R"("known":{},"steps":{}}},"nearest":{{"count":{},"distance":{:.5f}}},"playing":{},)"
      R"("error":{})",
      state_.set->name, pictures::kind_of(state_.model).name, state_.wish.steps, state_.wish.seed,
      models, trace.run, trace.known, trace.steps, found ? engine_->nearest().count : 0,
      found ? engine_->nearest().distance : 0.0F, playback_.repeats(), json_text(engine_->error()));
}

std::vector<int> PicturesLab::shown_sides() const {
  std::vector<int> sides;
  for (int side = 0; side < pictures::model_count; ++side) {
    if (shows(state_, side)) sides.push_back(side);
  }
  return sides;
}

const models::PictureModel* PicturesLab::model() const {
  const models::PictureModel* found = nullptr;
  for (int side = 0; side < pictures::model_count; ++side) {
    if (!weights(side).ready()) continue;
    if (!found || side == state_.model) found = &engine_->card(side).model;
  }
  return found;
}

void PicturesLab::choose_view(pictures::View view) {
  if (view == state_.view) return;
  state_.view = view;
  playback_.stop(state_.time);
}

void PicturesLab::choose_picture(int side, int picture) {
  state_.model = side;
  state_.chosen = picture;
}

void PicturesLab::roll() {
  state_.wish.seed = 1 + Rng(state_.wish.seed, dice_stream).below(dice_faces);
}

void PicturesLab::follow_keys() {
  if (space_pressed()) playback_.toggle(state_.time);
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_G)) choose_view(pictures::View::grid);
  if (pressed(ImGuiKey_S)) choose_view(pictures::View::steps);
  if (pressed(ImGuiKey_I) || pressed(ImGuiKey_M)) choose_view(pictures::View::morph);
  if (pressed(ImGuiKey_C)) state_.compare = !state_.compare;
  if (const auto i = digit_pressed(1, pictures::step_counts)) {
    state_.wish.steps = pictures::step_choices[static_cast<size_t>(*i)];
  }
  state_.chosen =
      (state_.chosen + arrow_pressed() + pictures::picture_count) % pictures::picture_count;
}

bool PicturesLab::way_known() const {
  const pictures::Trace& trace = engine_->trace();
  return trace.run > 0 && trace.known > trace.steps;
}

/// A picture that was just chosen shows its way once.
void PicturesLab::advance_time(const Ui& ui) {
  if (state_.view == pictures::View::morph) {
    if (!playback_.runs()) return;
    float part = 0;
    playback_.advance(ui.dt, morph_seconds, 0, part);
    state_.blend = 0.5F - 0.5F * std::cos(part * 6.2831853F);
    return;
  }
  if (way_known()) playback_.show(engine_->trace().run, state_.time);
  playback_.advance(ui.dt, way_seconds, rest_seconds, state_.time);
}

/// What the engine needs to know.
pictures::Order PicturesLab::order() const {
  pictures::Order order{.weights = {},
                        .training = frame.files.bytes_of(training_name()),
                        .view = state_.view,
                        .sides = {},
                        .wish = state_.wish,
                        .chosen = state_.chosen,
                        .chosen_side = state_.model,
                        .morph = state_.morph,
                        .other = state_.other,
                        .to = state_.to};
  for (int side = 0; side < pictures::model_count; ++side) {
    const auto i = static_cast<size_t>(side);
    order.weights[i] = frame.files.bytes_of(weights_name(side));
    order.sides[i] = shows(state_, side);
  }
  return order;
}

/// The task stops at the next step: nothing is asked of models it does not have.
void PicturesLab::rest() {
  if (!engine_.sent()) return;
  engine_.rest([](const pictures::Order& last) {
    return pictures::Order{.weights = last.weights,
                           .training = {},
                           .view = pictures::View::grid,
                           .sides = {},
                           .wish = {},
                           .chosen_side = -1,
                           .to = {}};
  });
  playback_.stop(state_.time);
}

void PicturesLab::update(Ui& ui) {
  fetch_files(ui);
  engine_.ask(ui, order());
  engine_.pump(ui);
  advance_time(ui);
  ease_pictures(ui);
}

}  // namespace rivulet::ui

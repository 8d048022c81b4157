#include "rivulet/ui/labs/experts_pictures/lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "rivulet/core/random.h"
#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr float way_seconds = 3.2F;
constexpr float rest_seconds = 1;
constexpr uint64_t dice_stream = 978;
constexpr uint32_t dice_faces = 10000;

}  // namespace

using experts_pictures::Extent;
using experts_pictures::Order;
using experts_pictures::picture_count;

Fields ExpertsPicturesLab::state() const {
  experts_pictures::State state = state_;
  if (playback_.runs()) state.time = experts_pictures::State{}.time;  // moves by itself
  return to_fields(state);
}

void ExpertsPicturesLab::restore(const Fields& fields) {
  state_ = experts_pictures::read_state(fields);
  playback_.hold();
  playback_.skip(whole().run);
}

std::string ExpertsPicturesLab::report() const {
  const ModelFile file = weights();
  const int now = evaluation(whole());
  const experts_pictures::Preferred& preferred = engine_->preferred();
  return fmt::format(
      R"("set":"{}","weights":"{}","loaded":{:.3f},"parameters":{},"active":{},"layers":{},)"
      R"("experts":{},"steps":{},"known":{},"known_without":{},"ms":{:.2f},"layer":{},"place":{},)"
      R"("load":[{:.5f}],"difference":{:.5f},"preferred":{{"pictures":{},"noised":{:.4f}}},)"
      R"("playing":{},"error":{})",
      state_.set->name, file.name(), file.loaded, engine_->card().parameters,
      engine_->card().active, extent().layers, extent().experts, state_.wish.steps, whole().known,
      without().known, whole().ms, layer(), place(whole()),
      fmt::join(now < 0 ? std::vector<float>() : whole().load(now, layer()), ","), difference(),
      preferred.looked, preferred.noised, playback_.repeats(),
      json_text(file.error.empty() ? engine_->error() : file.error));
}

std::string ExpertsPicturesLab::weights_name() const {
  return "models/" + data::weights_file("moe", state_.set->name);
}

std::string ExpertsPicturesLab::pictures_name() const {
  return "pictures/" + data::sheet_file(state_.set->name, data::Part::test);
}

ModelFile ExpertsPicturesLab::weights() const {
  return model_file(frame.files, weights_name(), engine_->card());
}

Extent ExpertsPicturesLab::extent() const {
  if (whole().run > 0) return whole().extent;
  return {.side = state_.set->side,
          .channels = state_.set->channels,
          .patch = state_.set->side / 4,
          .layers = 6,
          .tokens = 16,
          .experts = 8};
}

int ExpertsPicturesLab::layer() const { return std::clamp(state_.layer, 0, extent().layers - 1); }

int ExpertsPicturesLab::place(const Course& course) const {
  return course.steps == state_.wish.steps ? std::min(state_.place(), course.known) : 0;
}

int ExpertsPicturesLab::evaluation(const Course& course) const {
  return std::min(place(course), course.known - 1);
}

void ExpertsPicturesLab::roll() {
  state_.wish.seed = 1 + Rng(state_.wish.seed, dice_stream).below(dice_faces);
}

void ExpertsPicturesLab::turn_layer() { state_.layer = (layer() + 1) % extent().layers; }

/// Silences an expert, or lets it speak again.
void ExpertsPicturesLab::press_expert(int expert) {
  if (expert >= extent().experts) return;
  const bool on = !silenced(expert);
  for (int i = 0; i < extent().layers; ++i) {
    if (state_.everywhere || i == layer())
      experts_pictures::set_silenced(state_.silenced, i, expert, on);
  }
}

void ExpertsPicturesLab::step_time(int by) {
  const int place = std::clamp(state_.place() + by, 0, state_.wish.steps);
  state_.time = static_cast<float>(place) / static_cast<float>(state_.wish.steps);
  playback_.hold();
}

void ExpertsPicturesLab::follow_keys() {
  if (space_pressed()) playback_.toggle(state_.time);
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_A)) state_.silenced.clear();
  if (pressed(ImGuiKey_L)) turn_layer();
  if (pressed(ImGuiKey_E)) state_.painted = !state_.painted;
  if (const auto digit = digit_pressed(1, 9)) press_expert(*digit);
  if (const int by = arrow_pressed()) step_time(by);
}

Order ExpertsPicturesLab::order() const {
  return {.weights = frame.files.bytes_of(weights_name()),
          .pictures = frame.files.bytes_of(pictures_name()),
          .wish = state_.wish,
          .silenced = state_.silenced,
          .noised = noised_};
}

void ExpertsPicturesLab::rest() {
  engine_.rest([](const Order& last) {
    Order order = last;
    order.resting = true;
    return order;
  });
  playback_.stop(state_.time);
}

/// How far the pictures that are shown lie apart: the mean over numbers, black to white being 1.
float ExpertsPicturesLab::difference() const {
  if (state_.silenced.empty() || !without().finished() || !whole().finished()) return 0;
  const auto a = whole().place(place(whole()), state_.picture);
  const auto b = without().place(place(without()), state_.picture);
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(std::clamp(a[i], -1.0F, 1.0F) - std::clamp(b[i], -1.0F, 1.0F)) / 2;
  }
  return sum / static_cast<float>(a.size());
}

void ExpertsPicturesLab::ease_all(const Ui& ui) {
  const float quick = 1 - std::exp(-32 * ui.dt);
  const Extent size = extent();
  atlas_.resize(experts_pictures::slot_count, size.side, size.channels);
  if (whole().run == 0) return;
  for (int i = 0; i < picture_count; ++i) {
    atlas_.ease(experts_pictures::whole_slot + i, whole().place(place(whole()), i), quick);
  }
  const int now = evaluation(whole());
  if (now >= 0) ease(load_, whole().load(now, layer()), ui.dt, 14);
  const experts_pictures::Preferred& preferred = engine_->preferred();
  for (int i = 0; i < preferred.count && preferred.extent == size; ++i) {
    atlas_.ease(experts_pictures::real_slot + i, preferred.picture(i), 1);
  }
  if (state_.silenced.empty() || without().run == 0) return;
  const auto with = whole().place(place(whole()), state_.picture);
  const auto less = without().place(place(without()), state_.picture);
  std::vector<float> between(with.size());
  for (size_t i = 0; i < between.size(); ++i) {
    const float apart =
        std::abs(std::clamp(with[i], -1.0F, 1.0F) - std::clamp(less[i], -1.0F, 1.0F));
    between[i] = experts_pictures::difference_gain * apart - 1;
  }
  atlas_.ease(experts_pictures::without_slot, less, quick);
  atlas_.ease(experts_pictures::difference_slot, between, quick);
}

void ExpertsPicturesLab::update(Ui& ui) {
  frame.files.fetch(ui, weights_name());
  if (weights().ready()) frame.files.fetch(ui, pictures_name());
  if (!playback_.runs()) {
    noised_ = static_cast<float>(state_.evaluation()) / static_cast<float>(state_.wish.steps);
  }
  engine_.ask(ui, order());
  engine_.pump(ui);
  if (whole().finished()) playback_.show(whole().run, state_.time);
  playback_.advance(ui.dt, way_seconds, rest_seconds, state_.time);
  ease_all(ui);
  atlas_.upload(ui);
  pointed_ = std::exchange(next_pointed_, -1);
}

}  // namespace rivulet::ui

#include "rivulet/ui/labs/pictures/make.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "rivulet/core/random.h"
#include "rivulet/ui/labs/pictures/lab.h"
#include "rivulet/ui/shell.h"

namespace rivulet::ui {
namespace {

constexpr double pump_least = 8;  // milliseconds a frame for work, where there are no threads
constexpr double pump_most = 40;
constexpr double pump_share = 0.5;  // ... of the time between frames
constexpr float way_seconds = 2.4F;
constexpr float rest_seconds = 0.8F;
constexpr float morph_seconds = 6;  // there and back
constexpr uint64_t dice_stream = 977;
constexpr uint32_t dice_faces = 10000;
constexpr ImGuiID key_owner = 0x70696374;

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

Lab pictures_lab() {
  const auto lab = std::make_shared<PicturesLab>();
  return {.id = "pictures",
          .title = [](const words::Words& words) { return words.pictures.lab; },
          .help =
              [](const words::Words& words) {
                return Help{words.pictures.keys, words.pictures.help_mouse};
              },
          .draw = [lab](Ui& ui, Box box) { lab->draw(ui, box); },
          .rest = [lab] { lab->rest(); },
          .state = [lab] { return lab->state(); },
          .restore = [lab](const Fields& fields) { lab->restore(fields); },
          .report = [lab] { return lab->report(); }};
}

Fields PicturesLab::state() const {
  pictures::State state = state_;
  if (playing_ || showing_) {  // what moves by itself is not a setting
    state.time = pictures::State{}.time;
    state.blend = pictures::State{}.blend;
  }
  return to_fields(state);
}

void PicturesLab::restore(const Fields& fields) {
  state_ = pictures::read_state(fields);
  hold();
  way_shown_ = engine_ ? engine_->trace().run : 0;
}

std::string PicturesLab::report() const {
  std::string models;
  for (int side = 0; side < pictures::model_count; ++side) {
    const Transfer* const transfer = files_.find(weights_name(side));
    const std::string wrong = trouble(side);
    const bool ready = engine_ && transfer && wrong.empty() && transfer->bytes() &&
                       engine_->card(side).file == transfer->bytes();
    const pictures::Sheet empty;
    const auto sheet = [&](const char* name, const pictures::Sheet& now) {
      return fmt::format(R"(,"{}":{})", name, sheet_text(now, state_.chosen));
    };
    models += fmt::format(
        R"({}{{"method":"{}","weights":"{}","loaded":{:.3f},"error":{},"parameters":{}{}{}{}}})",
        side > 0 ? "," : "", pictures::kind_of(side).name,
        !transfer        ? "none"
        : !wrong.empty() ? "failed"
        : ready          ? "ready"
                         : "loading",
        transfer ? transfer->progress() : 0.0F, json_text(wrong),
        ready ? engine_->card(side).parameters : 0,
        sheet("grid", engine_ ? engine_->grid(side) : empty),
        sheet("step_row", engine_ ? engine_->steps(side) : empty),
        sheet("morph", engine_ ? engine_->morph(side) : empty));
  }
  const pictures::Trace none{};
  const pictures::Trace& trace = engine_ ? engine_->trace() : none;
  const bool found = engine_ && trace.run > 0 && engine_->nearest().trace == trace.run;
  return fmt::format(
      R"("set":"{}","method":"{}","steps":{},"seed":{},"models":[{}],"trace":{{"run":{},)"
      R"("known":{},"steps":{}}},"nearest":{{"count":{},"distance":{:.5f}}},"playing":{},)"
      R"("error":{})",
      state_.set->name, pictures::kind_of(state_.model).name, state_.wish.steps, state_.wish.seed,
      models, trace.run, trace.known, trace.steps, found ? engine_->nearest().count : 0,
      found ? engine_->nearest().distance : 0.0F, playing_,
      json_text(engine_ ? engine_->error() : ""));
}

std::vector<int> PicturesLab::shown_sides() const {
  std::vector<int> sides;
  for (int side = 0; side < pictures::model_count; ++side) {
    if (shows(state_, side)) sides.push_back(side);
  }
  return sides;
}

const models::PictureModel* PicturesLab::model() const {
  if (!engine_) return nullptr;
  const models::PictureModel* found = nullptr;
  for (int side = 0; side < pictures::model_count; ++side) {
    const pictures::Card& card = engine_->card(side);
    const bool here =
        card.file && card.error.empty() && card.file == files_.bytes_of(weights_name(side));
    if (here && (!found || side == state_.model)) found = &card.model;
  }
  return found;
}

void PicturesLab::choose_view(pictures::View view) {
  if (view == state_.view) return;
  state_.view = view;
  if (showing_) state_.time = 1;
  hold();
}

void PicturesLab::choose_picture(int side, int picture) {
  state_.model = side;
  state_.chosen = picture;
}

void PicturesLab::roll() {
  state_.wish.seed = 1 + Rng(state_.wish.seed, dice_stream).below(dice_faces);
}

void PicturesLab::play() {
  playing_ = !(playing_ || showing_);
  showing_ = false;
  clock_ = 0;
  if (!playing_) state_.time = 1;
}

void PicturesLab::follow_keys() {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput || io.KeyCtrl || io.KeyAlt || io.KeySuper) return;
  ImGui::SetKeyOwner(ImGuiKey_Space, key_owner);  // else it would press the focused control
  if (ImGui::IsKeyPressed(ImGuiKey_Space, key_owner)) play();
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, false); };
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_G)) choose_view(pictures::View::grid);
  if (pressed(ImGuiKey_S)) choose_view(pictures::View::steps);
  if (pressed(ImGuiKey_I) || pressed(ImGuiKey_M)) choose_view(pictures::View::morph);
  if (pressed(ImGuiKey_C)) state_.compare = !state_.compare;
  for (int i = 0; i < pictures::step_counts; ++i) {
    if (pressed(static_cast<ImGuiKey>(ImGuiKey_1 + i))) {
      state_.wish.steps = pictures::step_choices[static_cast<size_t>(i)];
    }
  }
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.NavId != 0 && !context.NavDisableHighlight) return;  // a control has the arrows
  const auto turned = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, true) ? 1 : 0; };
  const int turn = turned(ImGuiKey_RightArrow) - turned(ImGuiKey_LeftArrow);
  state_.chosen = (state_.chosen + turn + pictures::picture_count) % pictures::picture_count;
}

bool PicturesLab::way_known() const {
  const pictures::Trace& trace = engine_->trace();
  return trace.run > 0 && trace.known > trace.steps;
}

/// A picture that was just chosen shows its way once.
void PicturesLab::advance_time(const Ui& ui) {
  if (state_.view != pictures::View::morph && way_known() && way_shown_ != engine_->trace().run) {
    way_shown_ = engine_->trace().run;
    if (!playing_ && (showing_ || state_.time >= 1)) {
      showing_ = true;
      clock_ = 0;
    }
  }
  if (!playing_ && !showing_) return;
  clock_ += ui.dt;
  if (state_.view == pictures::View::morph) {
    state_.blend = 0.5F - 0.5F * std::cos(clock_ * 6.2831853F / morph_seconds);
    return;
  }
  const float at = showing_ ? clock_ : std::fmod(clock_, way_seconds + rest_seconds);
  state_.time = std::min(1.0F, at / way_seconds);
  if (state_.time >= 1) showing_ = false;
}

/// Tells the engine when anything it needs to know has changed.
void PicturesLab::send_order() {
  pictures::Order order{.weights = {},
                        .training = files_.bytes_of(training_name()),
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
    order.weights[i] = files_.bytes_of(weights_name(side));
    order.sides[i] = shows(state_, side);
  }
  if (sent_ && *sent_ == order) return;
  engine_->order(order);
  if (!engine_->error().empty()) engine_->retry();
  sent_ = std::move(order);
}

/// The task stops at the next step: nothing is asked of models it does not have.
void PicturesLab::rest() {
  if (!sent_) return;
  engine_->order({.weights = sent_->weights,
                  .training = {},
                  .view = pictures::View::grid,
                  .sides = {},
                  .wish = {},
                  .chosen_side = -1,
                  .to = {}});
  sent_.reset();
  if (showing_) state_.time = 1;
  hold();
}

void PicturesLab::draw(Ui& ui, Box box) {
  all_ = ui.words;
  if (!engine_) engine_.emplace();
  follow_keys();
  fetch_files(ui);
  send_order();
  const auto start = std::chrono::steady_clock::now();
  engine_->update(std::clamp(1000.0 * ui.dt * pump_share, pump_least, pump_most));
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  ui.work_ms = Job::has_threads() ? 0 : spent.count();
  follow_saving(ui, saving_);
  advance_time(ui);
  ease_pictures(ui);
  if (ui.phone) {
    draw_phone(ui, box);
  } else {
    draw_wide(ui, box);
  }
}

}  // namespace rivulet::ui

#include "rivulet/ui/labs/ddcm/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "rivulet/ui/mirror.h"

namespace rivulet::ui {
namespace {

constexpr float way_seconds = 2.0F;
constexpr float rest_seconds = 0.8F;
constexpr uint64_t dice_stream = 978;
constexpr int restore_steps = 64;
constexpr float restore_rho = 1.5F;

}  // namespace

/// No two visitors throw alike: seeded by the clock, for dice alone.
Rng DdcmLab::clock_dice() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return Rng(static_cast<uint64_t>(now), dice_stream);
}

uint64_t DdcmLab::throw_dice() { return uint64_t{dice_.bits()} << 32 | dice_.bits(); }

Fields DdcmLab::state() const {
  ddcm::State state = state_;
  if (playback_.runs()) state.time = ddcm::State{}.time;  // what moves by itself is no setting
  return to_fields(state);
}

void DdcmLab::restore(const Fields& fields) {
  state_ = ddcm::read_state(fields);
  close_editor();
  playback_.hold();
  playback_.skip(engine_->trace().run);
  frame.more = frame.more || state_.details != models::DdcmSettings{};
}

// --- What is going on, for reports ---

std::string DdcmLab::code_report() const {
  const ddcm::CodeTrace& trace = engine_->trace();
  const bool done = trace.finished() && written_.run == trace.run;
  std::string values;
  if (trace.finished()) {
    for (const float v : trace.belief(trace.steps)) {
      values += fmt::format("{}{:.5f}", values.empty() ? "" : ",", v);
    }
  }
  return fmt::format(
      R"("trace":{{"run":{},"known":{},"steps":{},"searched":{:.3f},"finished":{},"ms":{:.2f},)"
      R"("network_ms":{:.2f},"codebook_ms":{:.2f},"search_ms":{:.2f},"error":{},"picture":[{}]}},)"
      R"("code":{{"text":{},"bytes":{},"file_bytes":{},"uuid":{}}},"psnr":{:.3f},)"
      R"("shown_step":{},"hovered_step":{})",
      trace.run, trace.known, trace.steps, trace.searched, done, trace.ms, trace.network_ms,
      trace.codebook_ms, trace.search_ms, json_text(trace.error), values,
      json_text(done ? written_.text : ""), done ? written_.bytes : 0,
      done ? written_.file_bytes : 0, done && written_.uuid, std::isfinite(psnr_) ? psnr_ : 999.0F,
      shown_step(), hovered_step_);
}

std::string DdcmLab::plane_report() const {
  const ddcm::PlaneRun& run = engine_->plane();
  std::string rows;
  if (engine_->curves().run > 0) {
    for (const auto& row : engine_->curves().distance) {
      rows += fmt::format("{}[{:.4f}]", rows.empty() ? "" : ",", fmt::join(row, ","));
    }
  }
  return fmt::format(R"("plane":{{"run":{},"known":{},"steps":{},"finished":{},"curves":[{}],)"
                     R"("ddpm":{:.4f}}})",
                     run.run, run.known, run.steps, run.finished(), rows, engine_->curves().ddpm);
}

std::string DdcmLab::report() const {
  const ModelFile file = weights();
  const models::DdcmSettings settings = ddcm::code_settings(state_);
  return fmt::format(
      R"("weights":"{}","loaded":{:.3f},"model_error":{},"samples":{},"bytes":{},"codes":{},)"
      R"("bits":{},"editing":{},"playing":{},{},{},"error":{})",
      file.name(), file.loaded, json_text(file.error), samples_.count(), state_.bytes,
      settings.codes, settings.bits, editor_.is_open(), playback_.runs(), code_report(),
      plane_report(), json_text(engine_->error()));
}

// --- What a visitor does ---

void DdcmLab::choose_view(ddcm::View view) {
  if (view == state_.view) return;
  close_editor();
  state_.view = view;
  playback_.stop(state_.time);
}

void DdcmLab::choose_sample(int picture) {
  close_editor();
  state_.source = ddcm::Source::sample;
  state_.picture = (picture + ddcm::sample_count) % ddcm::sample_count;
  state_.own.clear();
  state_.code.clear();
}

void DdcmLab::choose_own(const Pixels& pixels) {
  state_.source = ddcm::Source::own;
  state_.own = picture_text(pixels, side());
  state_.code.clear();
}

/// Another face; in the plane, other points.
void DdcmLab::roll() {
  const auto thrown = throw_dice();
  if (state_.view == ddcm::View::plane) {
    state_.plane_seed = static_cast<uint32_t>(thrown % 10'000);
  } else {
    choose_sample(state_.picture + 1 + static_cast<int>(thrown % (ddcm::sample_count - 1)));
  }
}

void DdcmLab::roll_uuid() {
  models::Uuid uuid;
  uint64_t bits = 0;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i % 8 == 0) bits = throw_dice();
    uuid[i] = static_cast<std::byte>(bits >> (8 * (i % 8)));
  }
  uuid[6] = (uuid[6] & std::byte{0x0F}) | std::byte{0x40};  // version 4, as other makers write it
  uuid[8] = (uuid[8] & std::byte{0x3F}) | std::byte{0x80};
  choose_code(models::uuid_text(uuid));
}

void DdcmLab::choose_code(const std::string& text) {
  close_editor();
  state_.source = ddcm::Source::code;
  state_.code = text;
  state_.own.clear();
  if (state_.view != ddcm::View::code) choose_view(ddcm::View::code);
}

/// The picture of a code that was read becomes one that can be coded otherwise.
void DdcmLab::change_details() {
  if (state_.source != ddcm::Source::code) return;
  const Pixels pixels = decoded();
  if (!pixels.empty()) choose_own(pixels);
}

void DdcmLab::follow_keys() {
  if (space_pressed()) playback_.toggle(state_.time);
  if (pressed(ImGuiKey_N)) roll();
  if (pressed(ImGuiKey_U)) roll_uuid();
  if (pressed(ImGuiKey_C)) choose_view(ddcm::View::code);
  if (pressed(ImGuiKey_R)) choose_view(ddcm::View::restore);
  if (pressed(ImGuiKey_A)) choose_view(ddcm::View::plane);
  if (pressed(ImGuiKey_D) && state_.view == ddcm::View::code) {
    editor_.is_open() ? close_editor() : open_editor();
  }
  if (pressed(ImGuiKey_Escape)) close_editor();
  const int turn = arrow_pressed();
  if (turn == 0) return;
  playback_.hold();
  const auto steps = static_cast<float>(shown_steps());
  state_.time =
      std::clamp((std::round(state_.time * steps) + static_cast<float>(turn)) / steps, 0.0F, 1.0F);
}

// --- Time ---

int DdcmLab::shown_steps() const {
  const int steps =
      state_.view == ddcm::View::plane ? engine_->plane().steps : engine_->trace().steps;
  return std::max(1, steps);
}

/// A picture that was just made shows its way once; one that is being drawn does not.
void DdcmLab::advance_time(const Ui& ui) {
  const bool plane = state_.view == ddcm::View::plane;
  const uint64_t run = plane ? engine_->plane().run : engine_->trace().run;
  const bool finished = plane ? engine_->plane().finished() : engine_->trace().finished();
  const uint64_t mark = run * 2 + (plane ? 1 : 0);
  if (finished && editor_.is_open()) playback_.skip(mark);
  if (finished) playback_.show(mark, state_.time);
  playback_.advance(ui.dt, way_seconds, rest_seconds, state_.time);
}

// --- The order ---

/// What the model is told; empty where all is left open.
PictureLabels DdcmLab::told_labels() const {
  const bool any = std::ranges::all_of(state_.labels, [](int label) { return label < 0; });
  return any ? PictureLabels() : state_.labels;
}

std::optional<ddcm::CodeWish> DdcmLab::code_wish() const {
  if (state_.source == ddcm::Source::code) {
    if (!read_.error.empty() || read_.text != state_.code) return std::nullopt;
    ddcm::CodeWish wish{.picture = {}, .code = read_.file.code, .settings = read_.file.settings};
    for (const int label : read_.file.labels) wish.labels.push_back(label);
    return wish;
  }
  ddcm::CodeWish wish{.picture = source_values(),
                      .code = {},
                      .settings = ddcm::code_settings(state_),
                      .choice = state_.choice,
                      .effort = state_.effort,
                      .labels = told_labels()};
  if (wish.settings.form != models::CodeForm::single) wish.choice = models::Choice::argmax;
  if (wish.picture.empty()) return std::nullopt;
  return wish;
}

models::Measurement DdcmLab::measurement() const {
  models::Measurement how{.side = side(), .grain = state_.grain, .seed = state_.restore_seed};
  switch (state_.task) {
    case ddcm::RestoreTask::inpaint:
      how.damage = models::Damage::holes;
      for (int y = 0; y < how.side; ++y) {
        for (int x = 0; x < how.side; ++x) {
          const int cell =
              y * ddcm::mask_side / how.side * ddcm::mask_side + x * ddcm::mask_side / how.side;
          how.lost.push_back(state_.mask[static_cast<size_t>(cell)]);
        }
      }
      break;
    case ddcm::RestoreTask::twice:
    case ddcm::RestoreTask::four_times:
      how.damage = models::Damage::shrunk;
      how.factor = state_.task == ddcm::RestoreTask::twice ? 2 : 4;
      break;
    case ddcm::RestoreTask::noise:
      how.damage = models::Damage::noisy;
      how.seed = 1;
      break;
    case ddcm::RestoreTask::colour:
      how.damage = models::Damage::grey;
      break;
  }
  return how;
}

std::optional<ddcm::CodeWish> DdcmLab::restore_wish() const {
  ddcm::CodeWish wish{
      .picture = source_values(),
      .code = {},
      .damage = measurement(),
      .settings = {.codebook = models::CodebookKind::hadamard,  // fast for many vectors
                   .codes = restore_steps,
                   .bits = state_.strength,
                   .rho = restore_rho,
                   .noise = 1,
                   .snap = state_.details.snap,
                   .seed = state_.restore_seed},
      .labels = told_labels()};
  if (wish.picture.empty()) return std::nullopt;
  return wish;
}

/// What the engine needs to know.
ddcm::Order DdcmLab::order() const {
  ddcm::Order order{.weights = frame.files.bytes_of(ddcm::model_file)};
  if (state_.view == ddcm::View::plane) {
    order.plane = {.target = state_.target,
                   .choice = state_.plane,
                   .size = state_.size,
                   .steps = state_.steps,
                   .seed = state_.plane_seed};
  } else {
    order.code = state_.view == ddcm::View::code ? code_wish() : restore_wish();
  }
  return order;
}

/// The task stops at the next step: nothing is asked of it.
void DdcmLab::rest() {
  if (!engine_.sent()) return;
  engine_.rest([](const ddcm::Order& last) { return ddcm::Order{.weights = last.weights}; });
  playback_.stop(state_.time);
}

void DdcmLab::update(Ui& ui) {
  fetch_files(ui);
  cut_samples();
  read_own();
  read_code();
  // While the pen moves, one picture is coded to its end before the next is begun.
  const bool drawing = editor_.pen_down() || brush_down_;
  const ddcm::CodeTrace& trace = engine_->trace();
  if (!drawing || !engine_.sent() || trace.run == 0 || trace.finished()) engine_.ask(ui, order());
  engine_.pump(ui);
  write_code();
  advance_time(ui);
  ease_pictures(ui);
  hovered_step_ = std::exchange(next_hovered_step_, -1);
}

}  // namespace rivulet::ui

#include "rivulet/ui/training_parts.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "rivulet/live/job.h"

namespace rivulet::ui {
namespace {

constexpr double pump_least = 8;
constexpr double pump_most = 48;    // on machines whose frames take long anyway
constexpr double pump_share = 0.4;  // of the time between frames
constexpr ImGuiID space_owner = 0x72697675;

}  // namespace

Transport draw_transport(Ui& ui, Box row, bool playing) {
  const words::Common& words = ui.words->common;
  const Box again = row.cut_right(44);
  row.cut_right(8);
  const Box one = row.cut_right(44);
  row.cut_right(8);
  return {.play = button(ui, "play", row, playing ? Icon::pause : Icon::play,
                         playing ? words.pause : words.play, playing ? Look::plain : Look::accent),
          .step = button(ui, "step", one, Icon::step, {}, Look::plain, words.one_step),
          .restart = button(ui, "restart", again, Icon::restart, {}, Look::plain, words.restart)};
}

void draw_training_pace(const Ui& ui, Box row, int64_t step, double steps_per_second) {
  const words::Common& words = ui.words->common;
  label(ui, ui.fonts.small, row, ui.theme->muted,
        fmt::format(fmt::runtime(words.training_step), step));
  label(ui, ui.fonts.small, row, ui.theme->muted,
        fmt::format(fmt::runtime(words.per_second), steps_per_second), Align::right);
}

bool draw_failure(Ui& ui, Box box, std::string_view english) {
  const std::string error = ui.error(english);
  const words::Common& words = ui.words->common;
  ui.draw().AddRectFilled(box.min(), box.max(), faded(ui.theme->card, 0.9F), corner);
  Box rest = box.inset(28, box.h * 0.28F);
  label(ui, ui.fonts.title, rest.cut_top(30), ui.theme->error, words.failed);
  text(ui, ui.fonts.text, rest.min(), ui.theme->muted, error, rest.w);
  rest.cut_top(text_size(ui.fonts.text, error, rest.w).y + 16);
  const Box again = rest.cut_top(40);
  return button(ui, "again", {again.x, again.y, 150, 40}, Icon::restart, words.again, Look::accent);
}

bool space_pressed() {
  ImGui::SetKeyOwner(ImGuiKey_Space, space_owner);
  return ImGui::IsKeyPressed(ImGuiKey_Space, space_owner);
}

bool with_modifier() {
  const ImGuiIO& io = ImGui::GetIO();
  return io.KeyCtrl || io.KeyAlt || io.KeySuper;
}

void ease(std::vector<float>& shown, std::span<const float> wanted, float dt, float speed) {
  if (shown.size() != wanted.size()) {
    shown.assign(wanted.begin(), wanted.end());
    return;
  }
  const float part = 1 - std::exp(-speed * dt);
  for (size_t i = 0; i < shown.size(); ++i) shown[i] += (wanted[i] - shown[i]) * part;
}

double pump_budget(const Ui& ui) {
  return std::clamp(1000.0 * ui.dt * pump_share, pump_least, pump_most);
}

void note_pumped(Ui& ui, double milliseconds) {
  ui.work_ms = Job::has_threads() ? 0 : milliseconds;
}

}  // namespace rivulet::ui

#include "rivulet/ui/frame.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/live/job.h"
#include "rivulet/ui/host.h"
#include "rivulet/words/lookup.h"

namespace rivulet::ui {
namespace {

constexpr ImGuiID space_owner = 0x72697675;
constexpr float main_margin = gap + 4;
constexpr float phone_margin = 14;

/// Something that cannot be shown: a heading, why, and what the button says.
struct Trouble {
  const char* heading;
  const std::string& why;
  const char* name;
  const char* button;
};

bool draw_trouble(Ui& ui, Box box, const Trouble& trouble) {
  if (trouble.why.empty()) return false;
  const std::string why = ui.error(trouble.why);
  ui.draw().AddRectFilled(box.min(), box.max(), ui.theme->card, corner);
  ui.draw().AddRect(box.min(), box.max(), ui.theme->border, corner);
  Box rest = box.inset(std::min(28.0F, box.w * 0.06F), 0);
  const float said = text_size(ui.fonts.text, why, rest.w).y;
  rest.cut_top(std::max(10.0F, (box.h - said - 98) / 2));
  label(ui, ui.fonts.title, rest.cut_top(30), ui.theme->error, trouble.heading);
  text(ui, ui.fonts.text, rest.min(), ui.theme->muted, why, rest.w);
  rest.cut_top(said + 14);
  const float width = std::min(rest.w, text_size(ui.fonts.strong, trouble.button).x + 62);
  return button(ui, trouble.name, {rest.x, rest.y, width, 40}, Icon::restart, trouble.button,
                Look::accent);
}

}  // namespace

void LabFrame::complain(const char* what, const std::exception& error) {
  complaint_ = what + words::error_text(*words, words_of(error));
}

void LabFrame::save(Ui& ui, const std::string& name, io::Bytes bytes) {
  if (!ui.host->save) {
    ui.say(words->common.saved_nowhere, true);
    return;
  }
  saving_.push_back(ui.host->save(name, std::move(bytes)));
}

void LabFrame::choose_file(Ui& ui) {
  if (opening_) return;
  if (!ui.host->open) {
    ui.say(words->common.no_files, true);
    return;
  }
  opening_ = ui.host->open();
}

void LabFrame::begin(Ui& ui, const Take& take_file) {
  words = ui.words;
  follow_saving(ui, saving_);
  follow_opening(ui, opening_, take_file);
  if (!said_.empty()) ui.say(std::exchange(said_, {}));
  if (!complaint_.empty()) ui.say(std::exchange(complaint_, {}), true);
}

void LabFrame::draw(Ui& ui, Box box, const Parts& parts) {
  if (ui.phone) {
    const Box bar = box.cut_bottom(sheet_bar_height);
    scrolling(ui, "main", box, phone_margin, [&](Box area) { return parts.main(area, true); });
    draw_sheet(ui, sheet, box, parts.settings);
    draw_sheet_bar(ui, sheet, bar, parts.head);
    return;
  }
  draw_column(ui, box, parts.head_height, parts.head, parts.settings);
  scrolling(ui, "main", box, main_margin,
            [&](Box area) { return parts.main(area, area.w < stacked_width); });
}

// --- Heads ---

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

// --- Keys ---

bool pressed(ImGuiKey key) { return ImGui::IsKeyPressed(key, false); }

bool space_pressed() {
  ImGui::SetKeyOwner(ImGuiKey_Space, space_owner);
  return ImGui::IsKeyPressed(ImGuiKey_Space, space_owner);
}

std::optional<int> digit_pressed(int first, int count) {
  for (int i = 0; i < std::min(count, 10 - first); ++i) {
    if (pressed(static_cast<ImGuiKey>(ImGuiKey_0 + first + i))) return i;
  }
  return std::nullopt;
}

int arrow_pressed() {
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.NavId != 0 && !context.NavDisableHighlight) return 0;
  const auto turned = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, true) ? 1 : 0; };
  return turned(ImGuiKey_RightArrow) - turned(ImGuiKey_LeftArrow);
}

bool keys_are_free() {
  const ImGuiIO& io = ImGui::GetIO();
  return !io.WantTextInput && !io.KeyCtrl && !io.KeyAlt && !io.KeySuper;
}

// --- What goes wrong, and what is yet to come ---

bool draw_load_trouble(Ui& ui, Box box, const std::string& why, const char* name) {
  const words::Common& words = ui.words->common;
  return draw_trouble(ui, box, {words.load_failed, why, name, words.retry});
}

bool draw_training_trouble(Ui& ui, Box box, const std::string& why) {
  const words::Common& words = ui.words->common;
  return draw_trouble(ui, box, {words.failed, why, "again", words.again});
}

std::string loading_text(const Ui& ui, const Transfer* transfer) {
  const words::Common& words = ui.words->common;
  const float part = transfer ? transfer->progress() : 0;
  return part > 0 ? fmt::format(fmt::runtime(words.loading), part * 100) : words.starting;
}

void draw_loading(Ui& ui, Box row, const Transfer* transfer, ImU32 color) {
  label(ui, ui.fonts.small, row, ui.theme->muted, loading_text(ui, transfer), Align::right);
  const float y = row.y + row.h - 3;
  const float done = row.w * (transfer ? transfer->progress() : 0);
  ui.draw().AddRectFilled({row.x, y}, {row.x + row.w, y + 3}, ui.theme->inset, 1.5F);
  ui.draw().AddRectFilled({row.x, y}, {row.x + done, y + 3}, color, 1.5F);
}

// --- The engine ---

void note_pumped(Ui& ui, double milliseconds) {
  ui.work_ms = Job::has_threads() ? 0 : milliseconds;
}

}  // namespace rivulet::ui

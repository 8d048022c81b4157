#include "rivulet/ui/shell.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/host.h"
#include "rivulet/ui/page.h"

namespace rivulet::ui {
namespace {

constexpr float phone_width = 720;
constexpr float help_margin = 24;
constexpr int icon_count = 5;  // of the bar
constexpr float icon_width = 40;
constexpr ImGuiWindowFlags still =
    ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
    ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoBackground;

/// Three strands of water.
void draw_mark(const Ui& ui, ImVec2 at, float size) {
  for (int strand = 0; strand < 3; ++strand) {
    const float y = at.y + size * (0.25F + 0.25F * static_cast<float>(strand));
    for (int i = 0; i <= 20; ++i) {
      const float t = static_cast<float>(i) / 20;
      const float wave = std::sin((t * 1.25F + 0.16F * static_cast<float>(strand)) * 6.2832F);
      ui.draw().PathLineTo({at.x + size * t, y + 0.085F * size * wave});
    }
    ui.draw().PathStroke(faded(ui.theme->accent, 1.0F - 0.27F * static_cast<float>(strand)), 0,
                         size * 0.1F);
  }
}

/// The app's mark and name, as much as there is room for beside the buttons. Cuts the bar.
void draw_name(Ui& ui, Box& bar, float buttons) {
  const words::Common& s = ui.words->common;
  const float room = bar.w - buttons;
  const Box mark = bar.cut_left(38);
  draw_mark(ui, {mark.x, bar.y + (bar.h - 28) / 2}, 28);
  const float width = text_size(ui.fonts.title, s.name).x + 8;
  const float other = text_size(ui.fonts.title, s.other_name).x + 8;
  if (room < mark.w + width) return;
  label(ui, ui.fonts.title, bar.cut_left(width), ui.theme->text, s.name);
  if (room < mark.w + width + other) return;
  label(ui, ui.fonts.title, bar.cut_left(other), ui.theme->faint, s.other_name);
}

ShellActions draw_bar(Ui& ui, Shell& shell, std::span<const Lab> labs, Box& page) {
  const words::Common& s = ui.words->common;
  const Theme& theme = *ui.theme;
  Box bar = page.cut_top(ui.phone ? 52.0F : 56.0F);
  ui.draw().AddRectFilled(bar.min(), bar.max(), theme.card);
  ui.draw().AddLine({bar.x, bar.y + bar.h}, {bar.x + bar.w, bar.y + bar.h}, theme.border);
  bar = bar.inset(ui.phone ? 12.0F : 20.0F, 0);
  draw_name(ui, bar, icon_count * icon_width + shell.devices.width(ui));

  ShellActions actions;
  const auto icon = [&](const char* name, Icon picture, const char* tip,
                        std::string_view words = {}) {
    const Box box = bar.cut_right(icon_width).inset(0, (bar.h - icon_width) / 2);
    return button(ui, name, box, picture, words, Look::quiet, tip);
  };
  if (icon("help", Icon::help, s.help)) shell.help = !shell.help;
  actions.theme =
      icon("theme", theme.dark ? Icon::sun : Icon::moon, theme.dark ? s.to_light : s.to_dark);
  actions.language = icon("language", Icon::none, s.to_other_language, s.other_language);
  actions.paste = icon("paste", Icon::paste, s.paste_link);
  actions.copy = icon("copy", Icon::copy, s.copy_link);
  shell.devices.draw(ui, bar);
  bar.cut_left(20);
  if (!ui.phone && Navigation::fits(ui, labs, bar.w)) {
    shell.navigation.draw_in_bar(ui, labs, bar);
  } else {
    shell.navigation.draw_rows(ui, labs, page);
  }
  return actions;
}

void draw_toast(Ui& ui, Box page) {
  if (ui.toast_left <= 0) {
    ui.toast.clear();
    return;
  }
  ui.toast_left -= ui.dt;
  const float wrap = std::min(560.0F, page.w - 64);
  const ImVec2 size = text_size(ui.fonts.text, ui.toast, wrap);
  const float foot = ui.phone ? 96.0F : 28.0F;
  const Box box{page.x + (page.w - size.x - 36) / 2, page.y + page.h - foot - size.y - 22,
                size.x + 36, size.y + 22};
  const float fade = std::clamp(ui.toast_left / 0.25F, 0.0F, 1.0F);
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  const ImU32 ground = ui.toast_bad ? ui.theme->error : ui.theme->text;
  draw.AddRectFilled({box.x, box.y + 3}, {box.x + box.w, box.y + box.h + 4},
                     IM_COL32(0, 0, 0, static_cast<int>(50 * fade)), 11);
  draw.AddRectFilled(box.min(), box.max(), faded(ground, fade), corner);
  draw_text(draw, ui.fonts.text, {box.x + 18, box.y + 11}, faded(ui.theme->card, fade), ui.toast,
            wrap);
}

/// The keys of a help stand in a column as wide as the widest; meanings break their lines.
struct KeyColumn {
  KeyColumn(const Ui& ui, const Help& help, float width) : meanings(width) {
    float widest = 0;
    for (const auto& [key, meaning] : help.keys) {
      widest = std::max(widest, text_size(ui.fonts.small, key).x + 32);
    }
    keys = widest;
    meanings -= widest;
  }
  [[nodiscard]] float height(const Ui& ui, const char* meaning) const {
    return std::max(28.0F, text_size(ui.fonts.text, meaning, meanings).y + 11);
  }
  float keys = 0;
  float meanings = 0;
};

void draw_key(Ui& ui, const KeyColumn& column, Box& rest, const char* key, const char* meaning) {
  Box row = rest.cut_top(column.height(ui, meaning));
  const Box left = row.cut_left(column.keys);
  const float width = text_size(ui.fonts.small, key).x + 16;
  ui.draw().AddRectFilled({left.x, left.y + 3}, {left.x + width, left.y + 24}, ui.theme->inset, 5);
  label(ui, ui.fonts.small, {left.x + 8, left.y + 3, width, 21}, ui.theme->text, key);
  text(ui, ui.fonts.text, {row.x, row.y + 5}, ui.theme->muted, meaning, row.w);
}

void draw_help(Ui& ui, Shell& shell, const Help& help, Box page) {
  const words::Common& s = ui.words->common;
  const Theme& theme = *ui.theme;
  ImGui::SetNextWindowPos(page.min());
  ImGui::SetNextWindowSize({page.w, page.h});
  ImGui::SetNextWindowFocus();
  ImGui::Begin("help", nullptr, still & ~ImGuiWindowFlags_NoBringToFrontOnFocus);
  ui.draw().AddRectFilled(page.min(), page.max(), IM_COL32(0, 0, 0, theme.dark ? 150 : 90));
  const float width = std::min(560.0F, page.w - 32);
  const float inner = width - 2 * help_margin;
  const ImVec2 prose = text_size(ui.fonts.text, help.words, inner);
  const KeyColumn column(ui, help, inner);
  float rows = 0;
  for (const auto& [key, meaning] : help.keys) rows += column.height(ui, meaning);
  const bool keeps = static_cast<bool>(ui.host->keep_offline);
  const float height = 2 * help_margin + 34 + prose.y + 18 + rows + 20 + 40 + (keeps ? 50 : 0);
  const float seen = std::min(height, page.h - 32);  // the rest scrolls
  const Box box{page.x + (page.w - width) / 2, page.y + (page.h - seen) / 2, width, seen};
  card(ui, box);
  bool close = false;
  scrolling(ui, "help.words", box, help_margin, [&](Box rest) {
    const float top = rest.y;
    label(ui, ui.fonts.title, rest.cut_top(26), theme.text, s.help_title);
    rest.cut_top(8);
    text(ui, ui.fonts.text, rest.min(), theme.muted, help.words, inner);
    read_out(ui, "help.title", rest, s.help_title);
    read_out(ui, "help.words", rest, help.words);
    rest.cut_top(prose.y + 18);
    for (const auto& [key, meaning] : help.keys) {
      read_out(ui, fmt::format("help.{}", key), rest, fmt::format("{}: {}", key, meaning));
      draw_key(ui, column, rest, key, meaning);
    }
    rest.cut_top(20);
    if (keeps) {
      if (button(ui, "help.offline", rest.cut_top(40), Icon::none, s.keep_offline, Look::plain)) {
        ui.host->keep_offline();
      }
      rest.cut_top(10);
    }
    close = button(ui, "help.close", rest.cut_top(40), Icon::none, s.close, Look::accent);
    return rest.y - top;
  });
  const bool outside = ImGui::IsMouseClicked(0) && !box.contains(ImGui::GetIO().MousePos);
  if (close || outside || ImGui::IsKeyPressed(ImGuiKey_Escape, false)) shell.help = false;
  ImGui::End();
}

bool question_typed() {
  const auto& typed = ImGui::GetIO().InputQueueCharacters;
  return std::find(typed.begin(), typed.end(), static_cast<ImWchar>('?')) != typed.end() ||
         ImGui::IsKeyPressed(ImGuiKey_F1, false);
}

/// What was not seen for the longest time is given back.
void keep_recent(Shell& shell, std::span<const Lab> labs, const Host& host) {
  const int open = shell.navigation.open();
  std::vector<int>& recent = shell.recent;
  if (!recent.empty() && recent.front() == open) return;
  std::erase(recent, open);
  recent.insert(recent.begin(), open);
  size_t all = 0;
  size_t networks = 0;
  std::erase_if(recent, [&](int i) {
    const Lab& lab = labs[static_cast<size_t>(i)];
    if (lab.holds_networks) ++networks;
    const bool goes =
        ++all > host.kept_labs || (lab.holds_networks && networks > host.kept_networks);
    if (goes) lab.give_back();
    return goes;
  });
}

}  // namespace

ShellActions draw_shell(Ui& ui, Shell& shell, std::span<const Lab> labs) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ui.phone = size.x < phone_width;
  Box page{0, 0, size.x, size.y};
  const Box whole = page;
  ImGui::SetNextWindowPos(page.min());
  ImGui::SetNextWindowSize(size);
  ImGui::Begin("page", nullptr, still);
  if (question_typed()) shell.help = !shell.help;
  shell.devices.update(ui);
  const ShellActions actions = draw_bar(ui, shell, labs, page);
  const Lab& lab = labs[static_cast<size_t>(shell.navigation.open())];
  for (const Lab& other : labs) {
    if (&other != &lab) other.rest();
  }
  keep_recent(shell, labs, *ui.host);
  lab.draw(ui, page);
  ImGui::End();
  if (shell.help) ui.covered = ui.controls.size();
  if (shell.help) draw_help(ui, shell, lab.help(*ui.words), whole);
  draw_toast(ui, whole);
  return actions;
}

}  // namespace rivulet::ui

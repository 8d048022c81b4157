#include "rivulet/ui/shell.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace rivulet::ui {
namespace {

constexpr float phone_width = 720;
constexpr int icons = 5;  // of the bar
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

float tab_width(const Ui& ui, const Lab& lab) {
  return text_size(ui.fonts.strong, lab.title(*ui.words)).x + 24;
}

/// `seen`: the part of the bar that is.
bool draw_tab(Ui& ui, Box& bar, Box seen, const Lab& lab, bool on) {
  const float width = tab_width(ui, lab);
  const Box box = bar.cut_left(width);
  const float from = std::max(box.x, seen.x);
  const float to = std::min(box.x + box.w, seen.x + seen.w);
  if (to - from < 8) return false;
  const Box within{from, box.y + 8, to - from, box.h - 16};
  const Touch touched = touch(ui, ("tab." + lab.id).c_str(), within, 8);
  label(ui, ui.fonts.strong, box,
        on                ? ui.theme->text
        : touched.hovered ? ui.theme->text
                          : ui.theme->muted,
        lab.title(*ui.words), Align::centre);
  if (on) {
    ui.draw().AddRectFilled({box.x + 12, box.y + box.h - 3}, {box.x + width - 12, box.y + box.h},
                            ui.theme->accent, 1.5F);
  }
  return touched.pressed;
}

/// Where there is no room for all, they slide until the open one is in the middle.
float tabs_offset(const Ui& ui, Shell& shell, std::span<Lab> labs, float room) {
  float all = 0;
  float middle = 0;
  for (size_t i = 0; i < labs.size(); ++i) {
    const float width = tab_width(ui, labs[i]);
    if (shell.tab == static_cast<int>(i)) middle = all + width / 2;
    all += width;
  }
  const float wanted = std::clamp(middle - room / 2, 0.0F, std::max(0.0F, all - room));
  shell.tabs_left += (wanted - shell.tabs_left) * (1 - std::exp(-14 * ui.dt));
  return shell.tabs_left;
}

void draw_tabs(Ui& ui, Shell& shell, std::span<Lab> labs, Box bar) {
  ImGui::PushClipRect(bar.min(), bar.max(), true);
  const Box seen = bar;
  bar.x -= tabs_offset(ui, shell, labs, bar.w);
  for (size_t i = 0; i < labs.size(); ++i) {
    if (draw_tab(ui, bar, seen, labs[i], shell.tab == static_cast<int>(i))) {
      shell.tab = static_cast<int>(i);
    }
  }
  ImGui::PopClipRect();
}

/// A phone's bar has no room for them.
void draw_tab_row(Ui& ui, Shell& shell, std::span<Lab> labs, Box row) {
  ui.draw().AddRectFilled(row.min(), row.max(), ui.theme->card);
  ui.draw().AddLine({row.x, row.y + row.h}, {row.x + row.w, row.y + row.h}, ui.theme->border);
  draw_tabs(ui, shell, labs, row.inset(4, 0));
}

ShellActions draw_bar(Ui& ui, Shell& shell, std::span<Lab> labs, Box bar) {
  const words::Common& s = ui.words->common;
  const Theme& theme = *ui.theme;
  ui.draw().AddRectFilled(bar.min(), bar.max(), theme.card);
  ui.draw().AddLine({bar.x, bar.y + bar.h}, {bar.x + bar.w, bar.y + bar.h}, theme.border);
  bar = bar.inset(ui.phone ? 14.0F : 20.0F, 0);
  const Box mark = bar.cut_left(38);
  draw_mark(ui, {mark.x, bar.y + (bar.h - 28) / 2}, 28);
  const float title = text_size(ui.fonts.title, s.name).x;
  label(ui, ui.fonts.title, bar.cut_left(title + 8), theme.text, s.name);
  const float other = text_size(ui.fonts.title, s.other_name).x + 8;
  if (other <= bar.w - icons * icon_width) {
    label(ui, ui.fonts.title, bar.cut_left(other), theme.faint, s.other_name);
  }
  if (!ui.phone) bar.cut_left(28);

  ShellActions actions;
  const auto icon = [&](const char* name, Icon picture, const char* tip,
                        std::string_view words = {}) {
    const Box box = bar.cut_right(icon_width).inset(2, (bar.h - 36) / 2);
    return button(ui, name, box, picture, words, Look::quiet, tip);
  };
  if (icon("help", Icon::help, s.help)) shell.help = !shell.help;
  actions.theme =
      icon("theme", theme.dark ? Icon::sun : Icon::moon, theme.dark ? s.to_light : s.to_dark);
  actions.language = icon("language", Icon::none, s.to_other_language, s.other_language);
  actions.paste = icon("paste", Icon::paste, s.paste_link);
  actions.copy = icon("copy", Icon::copy, s.copy_link);
  if (!ui.phone) draw_tabs(ui, shell, labs, bar);
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

void draw_help(Ui& ui, Shell& shell, const Help& help, Box page) {
  const words::Common& s = ui.words->common;
  const Theme& theme = *ui.theme;
  ImGui::SetNextWindowPos(page.min());
  ImGui::SetNextWindowSize({page.w, page.h});
  ImGui::SetNextWindowFocus();
  ImGui::Begin("help", nullptr, still & ~ImGuiWindowFlags_NoBringToFrontOnFocus);
  ui.draw().AddRectFilled(page.min(), page.max(), IM_COL32(0, 0, 0, theme.dark ? 150 : 90));
  const float width = std::min(560.0F, page.w - 32);
  const float inner = width - 48;
  const ImVec2 prose = text_size(ui.fonts.text, help.words, inner);
  float keys = 0;  // as wide as the widest
  for (const auto& [key, meaning] : help.keys) {
    keys = std::max(keys, text_size(ui.fonts.small, key).x + 16 + 16);
  }
  const auto row_height = [&](const char* meaning) {
    return std::max(28.0F, text_size(ui.fonts.text, meaning, inner - keys).y + 11);
  };
  float rows = 0;
  for (const auto& [key, meaning] : help.keys) rows += row_height(meaning);
  const float height = 24 + 34 + prose.y + 18 + rows + 24 + 40 + 20;
  const Box box{page.x + (page.w - width) / 2, page.y + std::max(16.0F, (page.h - height) / 2),
                width, height};
  card(ui, box);
  Box rest = box.inset(24);
  label(ui, ui.fonts.title, rest.cut_top(26), theme.text, s.help_title);
  rest.cut_top(8);
  text(ui, ui.fonts.text, rest.min(), theme.muted, help.words, inner);
  rest.cut_top(prose.y + 18);
  for (const auto& [key, meaning] : help.keys) {
    Box row = rest.cut_top(row_height(meaning));
    const Box left = row.cut_left(keys);
    const float w = text_size(ui.fonts.small, key).x + 16;
    ui.draw().AddRectFilled({left.x, left.y + 3}, {left.x + w, left.y + 24}, theme.inset, 5);
    label(ui, ui.fonts.small, {left.x + 8, left.y + 3, w, 21}, theme.text, key);
    text(ui, ui.fonts.text, {row.x, row.y + 5}, theme.muted, meaning, row.w);
  }
  rest.cut_top(20);
  const bool close = button(ui, "help.close", rest.cut_top(40), Icon::none, s.close, Look::accent);
  const bool outside = ImGui::IsMouseClicked(0) && !box.contains(ImGui::GetIO().MousePos);
  if (close || outside || ImGui::IsKeyPressed(ImGuiKey_Escape, false)) shell.help = false;
  ImGui::End();
}

bool question_typed() {
  const auto& typed = ImGui::GetIO().InputQueueCharacters;
  return std::find(typed.begin(), typed.end(), static_cast<ImWchar>('?')) != typed.end() ||
         ImGui::IsKeyPressed(ImGuiKey_F1, false);
}

}  // namespace

ShellActions draw_shell(Ui& ui, Shell& shell, std::span<Lab> labs) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ui.phone = size.x < phone_width;
  Box page{0, 0, size.x, size.y};
  const Box whole = page;
  ImGui::SetNextWindowPos(page.min());
  ImGui::SetNextWindowSize(size);
  ImGui::Begin("page", nullptr, still);
  if (question_typed()) shell.help = !shell.help;
  const ShellActions actions = draw_bar(ui, shell, labs, page.cut_top(ui.phone ? 52.0F : 56.0F));
  if (ui.phone) draw_tab_row(ui, shell, labs, page.cut_top(42));
  const Lab& lab = labs[static_cast<size_t>(shell.tab)];
  for (const Lab& other : labs) {
    if (&other != &lab) other.rest();
  }
  lab.draw(ui, page);
  ImGui::End();
  if (shell.help) draw_help(ui, shell, lab.help(*ui.words), whole);
  draw_toast(ui, whole);
  return actions;
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace rivulet::ui

#include "rivulet/ui/widgets.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "rivulet/ui/host.h"
#include "rivulet/ui/wrap.h"

namespace rivulet::ui {
namespace {

constexpr int slider_steps = 50;  ///< of the arrow keys, from end to end

const char* end_of(std::string_view words) { return words.data() + words.size(); }

float units(ImFont* font) { return font->FontSize * ImGui::GetIO().FontGlobalScale; }

/// Text as it goes to ImGui, which breaks lines at blanks only: where there is Chinese, they are
/// broken here.
struct Lines {
  Lines(ImFont* font, std::string_view words, float width) : text(words), wrap(width) {
    if (width <= 0 || !has_chinese(words)) return;
    const float unit = ImGui::GetIO().FontGlobalScale;
    broken = wrapped(words, width, [&](char32_t sign) {
      return font->GetCharAdvance(static_cast<ImWchar>(sign)) * unit;
    });
    text = broken;
    wrap = 0;
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  std::string broken;
  std::string_view text;
  float wrap;
};

/// Keys that this control takes from keyboard navigation while it is focused.
void own_keys(ImGuiID id, std::initializer_list<ImGuiKey> keys) {
  for (const ImGuiKey key : keys) ImGui::SetKeyOwner(key, id);
}

bool key_pressed(ImGuiID id, ImGuiKey key) {
  return ImGui::IsKeyPressed(key, id, ImGuiInputFlags_Repeat);
}

constexpr float tap_trembles = 8;  // units that a finger moves while it means to tap

bool is_finger() { return ImGui::GetIO().MouseSource == ImGuiMouseSource_TouchScreen; }

/// Whether what holds this dial turns it. A finger that comes down on one may mean the page: it
/// turns the dial once it has moved across, not down, or is lifted where it was.
bool turns(Ui& ui, ImGuiID id, bool tapped) {
  const bool held = ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (!is_finger()) return held;
  if (!held) {
    if (ui.turning == id) ui.turning = 0;
    return tapped;
  }
  const ImVec2 way = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0);
  const float across = std::abs(way.x);
  if (across > tap_trembles / 2 && across > std::abs(way.y)) ui.turning = id;
  return ui.turning == id;
}

/// The common part of dials and sliders: where the knob was dragged to, 0..1, or -1.
float drag(Ui& ui, const char* name, Box box, float knob, Touch& out) {
  out = touch(ui, name, box, 8);
  if (!turns(ui, ImGui::GetItemID(), out.pressed)) return -1;
  ui.grabbed = true;
  const float x = (ImGui::GetIO().MousePos.x - box.x - knob) / std::max(1.0F, box.w - 2 * knob);
  return std::clamp(x, 0.0F, 1.0F);
}

int arrows(const Touch& touched) {
  if (!touched.focused) return 0;
  const ImGuiID id = ImGui::GetItemID();
  own_keys(id, {ImGuiKey_LeftArrow, ImGuiKey_RightArrow});
  return static_cast<int>(key_pressed(id, ImGuiKey_RightArrow)) -
         static_cast<int>(key_pressed(id, ImGuiKey_LeftArrow));
}

/// Where the host turns this dial to.
std::optional<int> turned(const Ui& ui, const char* name) {
  const Request& request = ui.request;
  if (request.kind != Request::Kind::turn || request.name != name) return std::nullopt;
  return request.at;
}

void draw_track(const Ui& ui, Box box, float part, float knob, const Touch& touched) {
  const Theme& theme = *ui.theme;
  const float y = std::round(box.centre().y);
  const float x0 = box.x + knob;
  const float x1 = box.x + box.w - knob;
  const float x = x0 + (x1 - x0) * part;
  ui.draw().AddRectFilled({x0 - 2, y - 2}, {x1 + 2, y + 2}, theme.inset, 2);
  ui.draw().AddRectFilled({x0 - 2, y - 2}, {x, y + 2}, theme.accent, 2);
  if (touched.hovered || touched.held || touched.focused) {
    ui.draw().AddCircleFilled({x, y}, knob + 3, theme.accent_soft, 24);
  }
  ui.draw().AddCircleFilled({x, y}, knob, theme.card, 24);
  ui.draw().AddCircleFilled({x, y}, knob - 1, theme.accent, 24);
  ui.draw().AddCircleFilled({x, y}, knob - 3.5F, theme.card, 24);
}

}  // namespace

std::string Ui::error(std::string_view english) const { return words::error_text(*words, english); }

void Ui::begin() {
  highlight = std::exchange(next_highlight, {});
  boxes.clear();
  controls.clear();
  covered = 0;
  grabbed = false;
  repaint = false;
  work_ms = 0;
  work = nullptr;
}

void Ui::say(std::string message, bool bad) {
  toast = std::move(message);
  toast_left = bad ? 7.0F : 2.5F;
  toast_bad = bad;
}

ImVec2 text_size(ImFont* font, std::string_view words, float wrap) {
  if (words.empty()) return {0, units(font)};
  const Lines lines(font, words, wrap);
  return font->CalcTextSizeA(units(font), FLT_MAX, lines.wrap, lines.text.data(),
                             end_of(lines.text));
}

void draw_text(ImDrawList& draw, ImFont* font, ImVec2 at, ImU32 color, std::string_view words,
               float wrap) {
  if (words.empty()) return;
  const Lines lines(font, words, wrap);
  draw.AddText(font, units(font), at, color, lines.text.data(), end_of(lines.text), lines.wrap);
}

void text(const Ui& ui, ImFont* font, ImVec2 at, ImU32 color, std::string_view words, float wrap) {
  draw_text(ui.draw(), font, {std::round(at.x), std::round(at.y)}, color, words, wrap);
}

namespace {

/// Where there is no room for all words: not what stands in brackets; of a reading at the right
/// only its number.
std::string_view shorter(ImFont* font, std::string_view words, float room, Align align) {
  const auto fits = [&] { return text_size(font, words).x <= room + 0.5F; };
  if (fits()) return words;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> brackets{
      {{" (", ")"}, {"（", "）"}}};
  for (const auto& [open, close] : brackets) {
    const size_t at = words.find(open);
    if (at != std::string_view::npos && at > 0 && words.ends_with(close))
      words = words.substr(0, at);
  }
  if (fits() || align != Align::right) return words;
  const auto number = [](std::string_view word) {
    return word.find_first_of("0123456789") < 2;  // with its sign
  };
  const std::string_view first = words.substr(0, words.find(' '));
  const std::string_view last = words.substr(words.rfind(' ') + 1);
  return number(last) ? last : number(first) ? first : words;
}

}  // namespace

void label(const Ui& ui, ImFont* font, Box box, ImU32 color, std::string_view words, Align align) {
  words = shorter(font, words, box.w, align);
  std::string cut;
  ImVec2 size = text_size(font, words);
  if (size.x > box.w + 0.5F) {
    cut = words;
    while (!cut.empty() && size.x > box.w) {
      bool within = true;  // a character of several bytes
      while (within && !cut.empty()) {
        within = (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80;
        cut.pop_back();
      }
      size = text_size(font, cut + "…");
    }
    cut += "…";
    words = cut;
  }
  float x = box.x;
  if (align == Align::centre) x += (box.w - size.x) / 2;
  if (align == Align::right) x += box.w - size.x;
  text(ui, font, {x, box.y + (box.h - size.y) / 2}, color, words);
}

void label_with_symbol(const Ui& ui, Box box, std::string_view words, std::string_view symbol,
                       ImU32 symbol_color) {
  label(ui, ui.fonts.text, box, ui.theme->muted, words);
  const float unit = ImGui::GetIO().FontGlobalScale;
  const float top = box.y + (box.h - units(ui.fonts.text)) / 2;
  const float baseline = top + ui.fonts.text->Ascent * unit;
  const float x = box.x + (words.empty() ? 0 : text_size(ui.fonts.text, words).x + 7);
  text(ui, ui.fonts.italic, {x, baseline - ui.fonts.italic->Ascent * unit}, symbol_color, symbol);
}

void focus_ring(const Ui& ui, Box box, float rounding) {
  ui.draw().AddRect({box.x - 2, box.y - 2}, {box.x + box.w + 2, box.y + box.h + 2},
                    ui.theme->accent, rounding + 2, 0, 2);
}

Touch touch(Ui& ui, const char* name, Box box, float ring) {
  ImGuiWindow* window = ImGui::GetCurrentWindow();
  const ImRect bounds(box.min(), box.max());
  const ImGuiID id = window->GetID(name);
  Touch out;
  const bool seen = ImGui::ItemAdd(bounds, id);
  if (window->ClipRect.Overlaps(bounds)) ui.boxes.emplace_back(name, box);
  ui.controls.push_back(
      {.name = name, .box = box, .seen = window->ClipRect.Contains(bounds), .label = name});
  const bool asked = ui.request.kind == Request::Kind::press && ui.request.name == name;
  const bool here = ui.focus == name;
  if (here && ui.newly_focused) ImGui::ScrollToRect(window, bounds);
  out.pressed = asked;
  out.focused = here;
  if (!seen) return out;
  if (ImGui::ButtonBehavior(bounds, id, &out.hovered, &out.held, ImGuiButtonFlags_AllowOverlap)) {
    out.pressed = true;
  }
  if (out.held || out.pressed) ui.used = name;
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  out.focused = here || (context.NavId == id && !context.NavDisableHighlight);
  // A finger that has left does not hover.
  if (ImGui::GetIO().MouseSource == ImGuiMouseSource_TouchScreen && !out.held) out.hovered = false;
  if (out.focused) focus_ring(ui, box, ring);
  if (out.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  return out;
}

void describe(Ui& ui, Control what) {
  Control& last = ui.controls.back();
  what.name = std::move(last.name);
  what.box = last.box;
  what.seen = last.seen;
  last = std::move(what);
}

void describe_picture(Ui& ui, int index, bool chosen) {
  describe(ui, {.role = Role::chip,
                .label = fmt::format(fmt::runtime(ui.words->common.picture_number), index + 1),
                .on = chosen});
}

void read_out(Ui& ui, std::string name, Box box, std::string words) {
  ui.controls.push_back(
      {.name = std::move(name), .box = box, .role = Role::words, .label = std::move(words)});
}

ImVec2 pushed(const Touch& touched) {
  if (!touched.focused || !ImGui::GetIO().KeyShift) return {0, 0};
  const ImGuiID id = ImGui::GetItemID();
  own_keys(id, {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow});
  const auto down = [id](ImGuiKey key) { return ImGui::IsKeyDown(key, id) ? 1.0F : 0.0F; };
  return {down(ImGuiKey_RightArrow) - down(ImGuiKey_LeftArrow),
          down(ImGuiKey_UpArrow) - down(ImGuiKey_DownArrow)};
}

void hint(Ui& ui, const Touch& touched, const char* words) {
  if (!words) return;
  Control& control = ui.controls.back();
  if (control.label == control.name) control.label = words;
  if (!touched.hovered || touched.held) return;
  if (ImGui::GetCurrentContext()->HoveredIdTimer < 0.45F) return;
  const float wrap = 280;
  const ImVec2 size = text_size(ui.fonts.small, words, wrap);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  Box box{mouse.x + 14, mouse.y + 18, size.x + 20, size.y + 14};
  box.x = std::min(box.x, screen.x - box.w - 8);
  if (box.y + box.h > screen.y - 8) box.y = mouse.y - box.h - 10;
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  draw.AddRectFilled({box.x, box.y + 2}, {box.x + box.w, box.y + box.h + 3}, IM_COL32(0, 0, 0, 40),
                     7);
  draw.AddRectFilled(box.min(), box.max(), ui.theme->text, 6);
  draw_text(draw, ui.fonts.small, {box.x + 10, box.y + 7}, ui.theme->card, words, wrap);
}

bool button(Ui& ui, const char* name, Box box, Icon icon, std::string_view words, Look look,
            const char* tip) {
  const Touch touched = touch(ui, name, box);
  describe(ui, {.label = std::string(words.empty() && tip ? tip : words)});
  const Theme& theme = *ui.theme;
  ImU32 ink = theme.text;
  if (look == Look::accent) {
    const float shade = touched.held ? 0.18F : touched.hovered ? 0.08F : 0.0F;
    ui.draw().AddRectFilled(box.min(), box.max(), mixed(theme.accent, theme.text, shade), corner);
    ink = theme.on_accent;
  } else {
    if (touched.hovered || touched.held) {
      ui.draw().AddRectFilled(box.min(), box.max(), touched.held ? theme.accent_soft : theme.inset,
                              corner);
    }
    if (look == Look::plain) {
      ui.draw().AddRect(box.min(), box.max(), theme.border, corner);
    } else if (!touched.hovered) {
      ink = theme.muted;
    }
  }
  const float icon_size = icon == Icon::none ? 0.0F : 18.0F;
  if (icon != Icon::none && icon_size + 8 + text_size(ui.fonts.strong, words).x > box.w - 4) {
    words = {};  // where there is no room for them
  }
  const float space = icon_size > 0 && !words.empty() ? 8.0F : 0.0F;
  const float width = std::min(box.w, icon_size + space + text_size(ui.fonts.strong, words).x);
  const float x = box.x + (box.w - width) / 2;
  if (icon != Icon::none) {
    draw_icon(ui.draw(), icon, {x + icon_size / 2, box.centre().y}, icon_size, ink);
  }
  label(ui, ui.fonts.strong,
        {x + icon_size + space, box.y, box.x + box.w - x - icon_size - space, box.h}, ink, words);
  hint(ui, touched, tip);
  return touched.pressed;
}

bool chip(Ui& ui, const char* name, Box box, std::string_view words, bool on, const char* tip) {
  const Touch touched = touch(ui, name, box, 8);
  describe(ui, {.role = Role::chip, .label = std::string(words), .on = on});
  const Theme& theme = *ui.theme;
  if (on) {
    ui.draw().AddRectFilled(box.min(), box.max(), theme.accent_soft, 8);
    ui.draw().AddRect(box.min(), box.max(), theme.accent, 8, 0, 1.5F);
  } else {
    ui.draw().AddRectFilled(box.min(), box.max(),
                            touched.hovered ? mixed(theme.inset, theme.border, 0.7F) : theme.inset,
                            8);
  }
  label(ui, on ? ui.fonts.strong : ui.fonts.text, box.inset(6, 0), on ? theme.text : theme.muted,
        words, Align::centre);
  hint(ui, touched, tip);
  return touched.pressed;
}

bool toggle(Ui& ui, const char* name, Box box, std::string_view words, bool* on) {
  const Touch touched = touch(ui, name, box, 8);
  const Theme& theme = *ui.theme;
  if (touched.pressed) *on = !*on;
  describe(ui, {.role = Role::toggle, .label = std::string(words), .on = *on});
  label(ui, ui.fonts.strong, box, theme.text, words);
  const float w = 36;
  const float h = 20;
  const ImVec2 at{box.x + box.w - w, box.centre().y - h / 2};
  ui.draw().AddRectFilled(at, {at.x + w, at.y + h}, *on ? theme.accent : theme.border, h / 2);
  ui.draw().AddCircleFilled({at.x + (*on ? w - h / 2 : h / 2), at.y + h / 2}, h / 2 - 3,
                            *on ? theme.on_accent : theme.card, 20);
  return touched.pressed;
}

namespace {

struct Strip {
  std::vector<Box> cells = {};
  bool tight = false;  ///< only smaller words fit
};

/// Equal cells where all words fit, or else each as wide as its own need.
Strip strip_of(const Ui& ui, Box box, std::span<const std::string> words) {
  constexpr float space = 2;
  constexpr float margin = 8;
  const auto n = static_cast<int>(words.size());
  std::vector<float> needs;
  Strip strip;
  bool fit = true;
  for (int i = 0; i < n; ++i) {
    needs.push_back(text_size(ui.fonts.strong, words[static_cast<size_t>(i)]).x + margin);
    strip.cells.push_back(box.column(i, n, space));
    fit = fit && needs.back() <= strip.cells.back().w;
  }
  if (fit) return strip;
  const float room = box.w - space * static_cast<float>(n - 1);
  const float all = std::accumulate(needs.begin(), needs.end(), 0.0F);
  strip.tight = all > room;
  for (size_t i = 0; i < needs.size(); ++i) {
    const float more = (room - all) / static_cast<float>(n);
    strip.cells[i] = box.cut_left(strip.tight ? needs[i] * room / all : needs[i] + more);
    box.cut_left(space);
  }
  return strip;
}

}  // namespace

bool segments(Ui& ui, const char* name, Box box, std::span<const std::string> words, int* chosen) {
  const Theme& theme = *ui.theme;
  ui.draw().AddRectFilled(box.min(), box.max(), theme.inset, 8);
  bool changed = false;
  const Strip strip = strip_of(ui, box.inset(3), words);
  for (int i = 0; i < static_cast<int>(words.size()); ++i) {
    const Box& cell = strip.cells[static_cast<size_t>(i)];
    const Touch touched = touch(ui, (std::string(name) + "." + std::to_string(i)).c_str(), cell, 6);
    if (touched.pressed && *chosen != i) {
      *chosen = i;
      changed = true;
    }
    const bool on = *chosen == i;
    describe(ui, {.role = Role::chip, .label = words[static_cast<size_t>(i)], .on = on});
    if (on) {
      ui.draw().AddRectFilled(cell.min(), cell.max(), theme.card, 6);
      ui.draw().AddRect(cell.min(), cell.max(), theme.border, 6);
    }
    label(ui,
          strip.tight ? ui.fonts.small
          : on        ? ui.fonts.strong
                      : ui.fonts.text,
          cell,
          on                ? theme.accent
          : touched.hovered ? theme.text
                            : theme.muted,
          words[static_cast<size_t>(i)], Align::centre);
  }
  return changed;
}

bool dial(Ui& ui, const char* name, Box box, const DialText& words, int* index, int count) {
  const Theme& theme = *ui.theme;
  const float knob = 8;
  Box track = box;
  const Box head = track.cut_top(20);
  track.cut_bottom(2);
  Touch touched;
  const float part = drag(ui, name, track, knob, touched);
  const int old = *index;
  if (part >= 0) *index = static_cast<int>(std::lround(part * static_cast<float>(count - 1)));
  if (const std::optional<int> asked = turned(ui, name)) {
    *index = *asked;
    ui.next_highlight = name;
  }
  *index = std::clamp(*index + arrows(touched), 0, count - 1);
  describe(ui, {.role = Role::dial,
                .label = std::string(words.words.empty() ? words.symbol : words.words),
                .value = std::string(words.value),
                .at = *index,
                .count = count});
  if (touched.hovered || touched.held || touched.focused) ui.next_highlight = name;

  label_with_symbol(ui, head, words.words, words.symbol,
                    ui.highlight == name ? theme.accent : theme.faint);
  label(ui, ui.fonts.strong, head, theme.text, words.value, Align::right);
  const float at = count > 1 ? static_cast<float>(*index) / static_cast<float>(count - 1) : 0;
  draw_track(ui, track, at, knob, touched);
  hint(ui, touched, words.hint);
  return *index != old;
}

bool slider(Ui& ui, const char* name, Box box, const char* words, float* value) {
  const float knob = 8;
  Touch touched;
  const float part = drag(ui, name, box, knob, touched);
  const float old = *value;
  if (part >= 0) *value = part;
  if (const std::optional<int> asked = turned(ui, name)) {
    *value = static_cast<float>(*asked) / slider_steps;
  }
  *value = std::clamp(*value + static_cast<float>(arrows(touched)) / slider_steps, 0.0F, 1.0F);
  describe(ui, {.role = Role::dial,
                .label = words,
                .at = static_cast<int>(std::lround(*value * slider_steps)),
                .count = slider_steps + 1});
  if (touched.hovered || touched.held || touched.focused) ui.next_highlight = name;
  draw_track(ui, box, *value, knob, touched);
  return *value != old;
}

bool text_field(Ui& ui, const char* name, Box box, const char* hint, std::string* typed,
                size_t most) {
  const ImRect bounds(box.min(), box.max());
  ui.boxes.emplace_back(name, box);
  ui.controls.push_back({.name = name,
                         .box = box,
                         .seen = ImGui::GetCurrentWindow()->ClipRect.Contains(bounds),
                         .role = Role::field,
                         .label = hint,
                         .value = *typed,
                         .at = ui.typed});
  if (ui.host->own_fields) {  // the host's lies above this one, which shows where it is
    ui.draw().AddRectFilled(box.min(), box.max(), ui.theme->inset, 8);
    const Request& request = ui.request;
    if (request.name != name) return false;
    if (request.kind == Request::Kind::type || request.kind == Request::Kind::enter) {
      *typed = request.text.substr(0, most);
      ui.typed = request.at;
    }
    return request.kind == Request::Kind::enter;
  }
  ImGui::SetCursorScreenPos(box.min());
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {12, (box.h - ImGui::GetFontSize()) / 2});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, 8);
  ImGui::PushStyleColor(ImGuiCol_FrameBg, ui.theme->inset);
  ImGui::PushStyleColor(ImGuiCol_TextDisabled, ui.theme->faint);
  ImGui::SetNextItemWidth(box.w);
  typed->resize(most);  // room for the end mark, which c_str has, follows
  const bool entered =
      ImGui::InputTextWithHint((std::string("##") + name).c_str(), hint, typed->data(), most + 1,
                               ImGuiInputTextFlags_EnterReturnsTrue);
  typed->resize(std::char_traits<char>::length(typed->c_str()));
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
  return entered;
}

bool released(const Ui& /*ui*/) { return !ImGui::IsMouseDown(ImGuiMouseButton_Left); }

void card(const Ui& ui, Box box) {
  ui.draw().AddRectFilled(box.min(), box.max(), ui.theme->card, corner);
  ui.draw().AddRect(box.min(), box.max(), ui.theme->border, corner);
}

void drag_to_scroll(Ui& ui) {
  ImGuiWindow* window = ImGui::GetCurrentWindow();
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsMouseClicked(0) &&
      ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows |
                             ImGuiHoveredFlags_AllowWhenBlockedByActiveItem)) {
    ui.under_finger = window->ID;
  }
  const bool down =
      is_finger() && ImGui::IsMouseDown(0) && !ui.grabbed && ui.under_finger == window->ID;
  if (down &&
      (ui.gliding == window->ID || std::abs(ImGui::GetMouseDragDelta(0, 0).y) > tap_trembles)) {
    if (ui.gliding != window->ID) ui.glide = 0;
    ui.gliding = window->ID;
    ImGui::ClearActiveID();  // not a press of what lies under the finger
    ImGui::SetScrollY(window, window->Scroll.y - io.MouseDelta.y);
    ui.glide += 0.4F * (-io.MouseDelta.y / std::max(ui.dt, 1e-3F) - ui.glide);
  } else if (ui.gliding == window->ID) {
    ui.glide *= std::exp(-4 * ui.dt);
    ImGui::SetScrollY(window, window->Scroll.y + ui.glide * ui.dt);
    if (std::abs(ui.glide) < 8 || ImGui::IsMouseDown(0)) ui.gliding = 0;
  }
}

}  // namespace rivulet::ui

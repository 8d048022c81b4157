#include "rivulet/ui/pixel_editor.h"

#include <fmt/format.h>

namespace rivulet::ui {
namespace {

constexpr size_t most_undo = 64;
constexpr float swatch_side = 30;

ImU32 ink(std::span<const uint8_t> c) {
  return c.size() == 3 ? IM_COL32(c[0], c[1], c[2], 255) : IM_COL32(c[0], c[0], c[0], 255);
}

}  // namespace

Cell cell_under(Box place, int n) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const auto at = [n](float p, float from, float size) {
    return std::clamp(static_cast<int>((p - from) / size * static_cast<float>(n)), 0, n - 1);
  };
  return {at(mouse.x, place.x, place.w), at(mouse.y, place.y, place.h)};
}

void outline_cell(const Ui& ui, Box place, int n, Cell cell, ImU32 color) {
  const float size = place.w / static_cast<float>(n);
  const ImVec2 corner_at{place.x + size * static_cast<float>(cell[0]),
                         place.y + size * static_cast<float>(cell[1])};
  ui.draw().AddRect({corner_at.x - 1, corner_at.y - 1},
                    {corner_at.x + size + 1, corner_at.y + size + 1}, color, 2, 0, 2);
}

void PixelEditor::open(std::span<const uint8_t> pixels, int side, int channels,
                       std::span<const uint8_t> colours) {
  open_ = true;
  pen_down_ = false;
  side_ = side;
  channels_ = channels;
  pixels_.assign(pixels.begin(), pixels.end());
  colours_.assign(colours.begin(), colours.end());
  colour_ = std::clamp(colour_, 0, std::max(0, colour_count() - 1));
  undo_.clear();
}

std::span<const uint8_t> PixelEditor::colour(int i) const {
  const auto size = static_cast<size_t>(channels_);
  return std::span(colours_).subspan(static_cast<size_t>(i) * size, size);
}

std::span<uint8_t> PixelEditor::pixel(Cell cell) {
  const auto at = static_cast<size_t>((cell[1] * side_ + cell[0]) * channels_);
  return std::span(pixels_).subspan(at, static_cast<size_t>(channels_));
}

void PixelEditor::remember() {
  undo_.push_back(pixels_);
  if (undo_.size() > most_undo) undo_.erase(undo_.begin());
}

bool PixelEditor::follow_pen(Ui& ui, Box place) {
  const Touch touched = touch(ui, "canvas", place, 2);
  describe(ui, {.label = ui.words->common.canvas});
  if (touched.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_None);
  const Cell cell = cell_under(place, side_);
  if (touched.hovered || touched.held) outline_cell(ui, place, side_, cell, ui.theme->accent);
  if (touched.hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
    for (int i = 0; i < colour_count(); ++i) {
      if (std::ranges::equal(colour(i), pixel(cell))) colour_ = i;
    }
  }
  const bool down = touched.held && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (down && !pen_down_) {
    remember();
    pen_at_ = cell;
  }
  pen_down_ = down;
  if (!down || colours_.empty()) return false;
  ui.grabbed = true;
  const std::vector<uint8_t> before = pixels_;
  along(pen_at_, cell, [&](Cell c) { std::ranges::copy(colour(colour_), pixel(c).begin()); });
  pen_at_ = cell;
  return pixels_ != before;
}

/// True when the picture has changed.
bool PixelEditor::draw_buttons(Ui& ui, Box row) {
  const words::Ddcm& words = ui.words->ddcm;
  if (button(ui, "editor.done", row.cut_right(100), Icon::check, ui.words->common.done,
             Look::accent)) {
    close();
  }
  row.cut_right(8);
  bool changed = false;
  if (button(ui, "editor.fill", row.cut_left(90), Icon::clear, words.fill, Look::plain,
             words.fill_hint) &&
      !colours_.empty()) {
    remember();
    for (int i = 0; i < side_ * side_; ++i) {
      std::ranges::copy(colour(colour_), pixel({i % side_, i / side_}).begin());
    }
    changed = true;
  }
  row.cut_left(8);
  if (!undo_.empty() &&
      button(ui, "editor.undo", row.cut_left(90), Icon::undo, words.undo, Look::plain)) {
    pixels_ = std::move(undo_.back());
    undo_.pop_back();
    changed = true;
  }
  return changed;
}

float PixelEditor::draw_palette(Ui& ui, Box area, bool* painted) {
  const Theme& theme = *ui.theme;
  const float size = ui.phone ? 34.0F : swatch_side;
  const auto across = std::max(1, static_cast<int>((area.w - 2 * 12) / size));
  const int count = colour_count();
  const int rows = (count + across - 1) / across;
  const Box whole{area.x, area.y, area.w, 2 * 10 + size * static_cast<float>(rows) + 44};
  card(ui, whole);
  ui.boxes.emplace_back("palette", whole);
  Box rest = whole.inset(12, 10);
  for (int i = 0; i < count; ++i) {
    const Box box{rest.x + size * static_cast<float>(i % across),
                  rest.y + size * static_cast<float>(i / across), size, size};
    const Touch touched = touch(ui, fmt::format("colour.{}", i).c_str(), box, 6);
    const ImU32 shade = ink(colour(i));
    describe(ui, {.role = Role::chip,
                  .label = fmt::format("#{:02x}{:02x}{:02x}", (shade >> IM_COL32_R_SHIFT) & 0xFF,
                                       (shade >> IM_COL32_G_SHIFT) & 0xFF,
                                       (shade >> IM_COL32_B_SHIFT) & 0xFF),
                  .on = i == colour_});
    const Box chip_box = box.inset(3);
    ui.draw().AddRectFilled(chip_box.min(), chip_box.max(), ink(colour(i)), 5);
    ui.draw().AddRect(chip_box.min(), chip_box.max(), faded(theme.text, 0.2F), 5);
    if (i == colour_ || touched.hovered) {
      ui.draw().AddRect(box.inset(1).min(), box.inset(1).max(),
                        i == colour_ ? theme.accent : theme.faint, 6, 0, 2);
    }
    if (touched.pressed) colour_ = i;
  }
  rest.cut_top(size * static_cast<float>(rows) + 8);
  *painted = draw_buttons(ui, rest.cut_top(36));
  return whole.h;
}

}  // namespace rivulet::ui

// Pictures on their way from noise, and in the colours of the experts who take their patches.
#include <fmt/format.h>
#include <utility>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/ui/labs/experts_pictures/lab.h"

namespace rivulet::ui {
namespace {

using experts_pictures::Extent;

constexpr float paint = 0.5F;          // of experts' colours on a picture
constexpr float paint_pointed = 0.8F;  // ... of the one that the pointer is on
constexpr float paint_others = 0.07F;

/// An expert and its part of the gates of a token.
struct Part {
  int expert = 0;
  float share = 0;
};

/// Those that were chosen, the largest first.
std::vector<Part> parts_of(std::span<const float> gates) {
  std::vector<Part> parts;
  const float sum = std::reduce(gates.begin(), gates.end());
  for (size_t i = 0; i < gates.size(); ++i) {
    if (gates[i] > 0) parts.push_back({static_cast<int>(i), gates[i] / sum});
  }
  std::ranges::sort(parts, {},
                    [](const Part& part) { return std::pair(-part.share, part.expert); });
  return parts;
}

/// Where a token's patch lies on the picture.
Box patch_box(const Extent& extent, Box picture, int token) {
  const int columns = extent.side / extent.patch;
  const float side = picture.w / static_cast<float>(columns);
  return {picture.x + side * static_cast<float>(token % columns),
          picture.y + side * static_cast<float>(token / columns), side, side};
}

}  // namespace

/// Each patch is divided among its experts from left to right, by their gates.
void ExpertsPicturesLab::draw_patches(const Ui& ui, Box picture, int layer, bool large) const {
  const int now = evaluation(whole());
  if (!state_.painted || now < 0) return;
  const Extent& size = whole().extent;
  const auto n = static_cast<size_t>(size.experts);
  const std::span<const float> gates = whole().gates(now, layer, state_.picture);
  const float edge = large ? 1.5F : 0.5F;
  for (int token = 0; token < size.tokens; ++token) {
    Box rest = patch_box(size, picture, token).inset(edge);
    const float width = rest.w;
    for (const Part& part : parts_of(gates.subspan(static_cast<size_t>(token) * n, n))) {
      const Box stripe = rest.cut_left(width * part.share);
      const float strength = pointed_ < 0              ? paint
                             : pointed_ == part.expert ? paint_pointed
                                                       : paint_others;
      const ImU32 color = category(*ui.theme, part.expert);
      ui.draw().AddRectFilled(stripe.min(), stripe.max(), faded(color, strength));
    }
  }
}

/// "Expert 3 62 %, Expert 7 38 %".
std::string ExpertsPicturesLab::patch_text(int token) const {
  const int now = evaluation(whole());
  if (now < 0) return {};
  const auto n = static_cast<size_t>(whole().extent.experts);
  const std::span<const float> gates = whole().gates(now, layer(), state_.picture);
  std::string out;
  for (const Part& part : parts_of(gates.subspan(static_cast<size_t>(token) * n, n))) {
    const std::string name = fmt::format(fmt::runtime(words().expert), part.expert + 1);
    out += out.empty() ? "" : ", ";
    out += fmt::format(fmt::runtime(words().patch), name, part.share * 100);
  }
  return out;
}

/// The picture that is looked at, large.
void ExpertsPicturesLab::draw_painted(Ui& ui, Box box) {
  Box caption = box.cut_top(caption_height);
  const std::string title = fmt::format(fmt::runtime(words().routed_title), layer() + 1);
  label(ui, ui.fonts.strong, caption, ui.theme->text, title);
  caption.cut_left(std::min(caption.w, text_size(ui.fonts.strong, title).x + 10));
  if (!weights().ready()) {
    draw_loading(ui, caption, frame.files.find(weights_name()), ui.theme->accent);
  } else if (whole().ms > 0) {
    label(ui, ui.fonts.small, caption, ui.theme->muted,
          fmt::format(fmt::runtime(words().step_caption), whole().ms), Align::right);
  }
  const Box picture{box.x, box.y, box.w, box.w};
  ui.draw().AddRectFilled(picture.min(), picture.max(), ui.theme->inset);
  atlas_.draw(ui, experts_pictures::whole_slot + state_.picture, picture);
  draw_patches(ui, picture, layer(), true);
  const Touch touched = touch(ui, "picture", picture, 4);
  describe_picture(ui, state_.picture, true);
  if (!touched.hovered && !touched.held) return;
  for (int token = 0; token < extent().tokens; ++token) {
    const Box patch = patch_box(extent(), picture, token);
    if (!patch.contains(ImGui::GetIO().MousePos)) continue;
    ui.draw().AddRect(patch.min(), patch.max(), ui.theme->text, 2, 0, 2);
    hint(ui, touched, patch_text(token).c_str());
  }
}

/// Play, and the time between noise and picture.
void ExpertsPicturesLab::draw_time(Ui& ui, Box row) {
  const Theme& theme = *ui.theme;
  if (button(ui, "play", row.cut_left(36), playback_.runs() ? Icon::pause : Icon::play, {},
             Look::quiet, words().play)) {
    playback_.toggle(state_.time);
  }
  const Box value = row.cut_right(66);
  const ImU32 symbol = ui.highlight == "time" ? theme.accent : theme.faint;
  label_with_symbol(ui, {value.x + 8, value.y, 20, value.h}, {}, "t", symbol);
  const float t = static_cast<float>(state_.place()) / static_cast<float>(state_.wish.steps);
  label(ui, ui.fonts.small, value, theme.muted, fmt::format("{:.2f}", t), Align::right);
  if (slider(ui, "time", row.inset(2, 0), ui.words->common.time, &state_.time)) playback_.hold();
}

/// All pictures of this noise, small: a press chooses one.
void ExpertsPicturesLab::draw_noises(Ui& ui, Box row) {
  for (int i = 0; i < experts_pictures::picture_count; ++i) {
    const Box place = row.column(i, experts_pictures::picture_count, 6);
    const float cell = crisp_side(pixel_side(), std::min(place.w, row.h));
    const Box picture{place.x + (place.w - cell) / 2, row.y, cell, cell};
    const Touch touched = touch(ui, fmt::format("noise.{}", i).c_str(), picture, 4);
    describe_picture(ui, i, i == state_.picture);
    atlas_.draw(ui, experts_pictures::whole_slot + i, picture);
    if (i == state_.picture || touched.hovered) {
      const Box ring = picture.inset(-2.5F);
      ui.draw().AddRect(ring.min(), ring.max(),
                        i == state_.picture ? ui.theme->accent : ui.theme->faint, 3, 0, 2);
    }
    if (touched.pressed) state_.picture = i;
  }
}

/// The picture as every layer divides it; returns the height used.
float ExpertsPicturesLab::draw_layers(Ui& ui, Box box, int columns) {
  const float top = box.y;
  label(ui, ui.fonts.strong, box.cut_top(caption_height), ui.theme->text, words().layers_title);
  const int count = extent().layers;
  for (int first = 0; first < count; first += columns) {
    const float cell = crisp_side(pixel_side(), box.column(0, columns, 12).w);
    const Box row = box.cut_top(cell + 26);
    for (int i = first; i < std::min(count, first + columns); ++i) {
      const Box place = row.column(i - first, columns, 12);
      const Box picture{place.x + (place.w - cell) / 2, row.y, cell, cell};
      const Touch touched = touch(ui, fmt::format("layer.{}", i).c_str(), picture, 4);
      describe(ui, {.role = Role::chip,
                    .label = fmt::format(fmt::runtime(ui.words->common.layer_number), i + 1),
                    .on = i == layer()});
      ui.draw().AddRectFilled(picture.min(), picture.max(), ui.theme->inset);
      atlas_.draw(ui, experts_pictures::whole_slot + state_.picture, picture);
      draw_patches(ui, picture, i, false);
      const bool chosen = i == layer();
      if (chosen || touched.hovered) {
        const Box ring = picture.inset(-2.5F);
        ui.draw().AddRect(ring.min(), ring.max(), chosen ? ui.theme->accent : ui.theme->faint, 3, 0,
                          chosen ? 2.5F : 1.5F);
        ui.next_highlight = touched.hovered ? "layer" : ui.next_highlight;
      }
      label(ui, ui.fonts.small, {place.x, row.y + cell + 4, place.w, 18},
            chosen ? ui.theme->accent : ui.theme->muted,
            fmt::format(fmt::runtime(words().layer), i + 1), Align::centre);
      if (touched.pressed) state_.layer = i;
    }
  }
  return box.y - top;
}

}  // namespace rivulet::ui

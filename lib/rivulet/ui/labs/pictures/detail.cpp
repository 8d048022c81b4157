// One picture, looked at closely: its way from noise, what the model believed meanwhile, and the
// training picture nearest to it.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float pad = 16;
constexpr float wide_way = 420;  // of the card that lies on its side

/// 4096 as "4,096".
std::string grouped(int n) {
  std::string out = fmt::format("{}", n);
  for (auto at = static_cast<int>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<size_t>(at), ",");
  }
  return out;
}

}  // namespace

/// Place and belief beside each other, and the time that moves both. Returns the height used.
float PicturesLab::draw_way(Ui& ui, Box box) {
  const float top = box.y;
  const Theme& theme = *ui.theme;
  const float space = 14;
  const float cell = crisp_side(pixel_side(), std::min((box.w - space) / 2, 168.0F));
  Box pictures = box.cut_top(cell);
  ui.boxes.emplace_back("way", pictures);
  const ImU32 symbol = ui.highlight == "time" ? theme.accent : theme.faint;
  Box captions = box.cut_top(24);
  const std::array<std::pair<int, const char*>, 2> both = {
      {{pictures::place_slot, words().place}, {pictures::belief_slot, words().belief}}};
  for (const auto& [slot, said] : both) {
    const Box place = pictures.cut_left(cell);
    ui.draw().AddRectFilled(place.min(), place.max(), theme.inset);
    atlas_.draw(ui, slot, place);
    pictures.cut_left(space);
    Box caption = captions.cut_left(cell);
    label(ui, ui.fonts.small, caption, theme.muted, said);
    captions.cut_left(space);
  }
  box.cut_top(2);
  Box row = box.cut_top(36);
  row.w = std::min(row.w, 2 * cell + space);
  if (button(ui, "play", row.cut_left(36), playback_.runs() ? Icon::pause : Icon::play, {},
             Look::quiet, words().play)) {
    playback_.toggle(state_.time);
  }
  const Box value = row.cut_right(54);
  label_with_symbol(ui, {value.x + 6, value.y, 20, value.h}, {}, "t", symbol);
  label(ui, ui.fonts.small, value, theme.muted, fmt::format("{:.2f}", state_.time), Align::right);
  if (slider(ui, "time", row.inset(2, 0), ui.words->common.time, &state_.time)) playback_.hold();
  return box.y - top;
}

float PicturesLab::draw_nearest(Ui& ui, Box box) {
  const float top = box.y;
  const Theme& theme = *ui.theme;
  const pictures::Trace& trace = engine_->trace();
  const pictures::Nearest& nearest = engine_->nearest();
  const bool found = trace.run > 0 && nearest.trace == trace.run && nearest.count > 0;
  const bool missing = !frame.files.trouble(training_name()).empty() ||
                       (nearest.trace == trace.run && nearest.trace > 0 && nearest.count == 0);
  const float cell = crisp_side(pixel_side(), 84);
  Box row = box.cut_top(cell);
  if (missing || trace.run == 0) return 0;  // there is nothing to say
  const Box place = row.cut_left(cell);
  ui.draw().AddRectFilled(place.min(), place.max(), theme.inset);
  ui.boxes.emplace_back("nearest", place);
  if (found) atlas_.draw(ui, pictures::nearest_slot, place);
  row.cut_left(14);
  const std::string said = found
                               ? fmt::format(fmt::runtime(words().nearest), grouped(nearest.count))
                               : std::string(words().nearest_waiting);
  text(ui, ui.fonts.text, row.min(), theme.text, said, row.w);
  row.cut_top(text_size(ui.fonts.text, said, row.w).y + 4);
  if (found) {
    text(ui, ui.fonts.small, row.min(), theme.muted,
         fmt::format(fmt::runtime(words().distance), nearest.distance * 100), row.w);
  }
  return box.y - top;
}

/// As a column beside the grid or below it; wide: lying below the rows. Returns its height.
float PicturesLab::draw_detail(Ui& ui, Box box, bool wide) {
  const Theme& theme = *ui.theme;
  // Drawn behind what is yet to be measured: the second channel is the content.
  ImDrawList& draw = ui.draw();
  draw.ChannelsSplit(2);
  draw.ChannelsSetCurrent(1);
  Box rest = box.inset(pad, 0);
  rest.y += pad;
  const auto side = static_cast<size_t>(state_.model);
  Box head = rest.cut_top(28);
  const auto turn = [&](const char* name, Icon icon, int by, const char* tip) {
    const Box place = head.cut_right(30);
    if (!button(ui, name, place, icon, {}, Look::quiet, tip)) return;
    state_.chosen = (state_.chosen + by + pictures::picture_count) % pictures::picture_count;
  };
  turn("picture.next", Icon::right, 1, words().picture_on);
  turn("picture.back", Icon::left, -1, words().picture_back);
  label(ui, ui.fonts.strong, head, theme.text,
        fmt::format(fmt::runtime(words().picture), state_.chosen + 1));
  head.cut_left(text_size(ui.fonts.strong, words().picture).x + 12);
  label(ui, ui.fonts.small, head, theme.muted,
        fmt::format(fmt::runtime(common().caption), words().methods[side],
                    steps_text(ui, steps_of(state_, state_.model))),
        Align::left);
  rest.cut_top(6);
  float bottom = rest.y;
  if (wide) {
    Box left = rest.cut_left(std::min(wide_way, rest.w * 0.55F));
    rest.cut_left(gap);
    bottom = left.y + draw_way(ui, left);
  } else {
    rest.cut_top(draw_way(ui, rest) + 10);
  }
  const float nearest = draw_nearest(ui, rest);
  if (nearest > 0) rest.cut_top(nearest + 14);
  const Box button_box = rest.cut_top(40);
  if (button(ui, "save", {button_box.x, button_box.y, std::min(button_box.w, 280.0F), 40},
             Icon::save, words().save, Look::plain)) {
    save_picture(ui);
  }
  bottom = std::max(bottom, rest.y) + pad;
  const Box whole{box.x, box.y, box.w, bottom - box.y};
  draw.ChannelsSetCurrent(0);
  card(ui, whole);
  draw.ChannelsMerge();
  ui.boxes.emplace_back("detail", whole);
  return whole.h;
}

}  // namespace rivulet::ui

// How the lab lies on a wide page and on a phone, and its words.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "rivulet/ui/labs/experts_pictures/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float largest_picture = 352;
constexpr float small_picture = 160;
constexpr float time_row = 44;
constexpr float noises_row = 40;
constexpr float beside_width = 760;  ///< of the area: narrower, all is one column

}  // namespace

/// With all experts, without those that are silent, and how these differ.
void ExpertsPicturesLab::draw_comparison(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const bool some = !state_.silenced.empty();
  const std::array<std::string, 3> names = {
      words().whole, words().without,
      fmt::format(fmt::runtime(words().difference), experts_pictures::difference_gain)};
  const std::array<int, 3> slots = {experts_pictures::whole_slot + state_.picture,
                                    experts_pictures::without_slot,
                                    experts_pictures::difference_slot};
  const float room = box.column(0, 3, gap).w;
  const float cell = crisp_side(pixel_side(), std::min(room, small_picture));
  const float pitch = std::min(room + gap, cell + 28);
  Box empty{};
  for (size_t i = 0; i < 3; ++i) {
    const float x = box.x + pitch * static_cast<float>(i);
    label(ui, ui.fonts.strong, {x, box.y, pitch - 8, caption_height},
          i == 0 || some ? theme.text : theme.faint, names[i]);
    const Box picture{x, box.y + caption_height, cell, cell};
    ui.draw().AddRectFilled(picture.min(), picture.max(), theme.inset, 4);
    if (i == 0 || some) atlas_.draw(ui, slots[i], picture);
    if (i == 1) empty = picture;
    if (i == 2) empty.w = picture.x + picture.w - empty.x;
    ui.boxes.emplace_back(fmt::format("compare.{}", i), picture);
  }
  if (some) return;
  const Box card = empty.inset(12, 8);
  const ImVec2 size = text_size(ui.fonts.text, words().invitation, card.w);
  ui.draw().AddRectFilled(empty.min(), empty.max(), theme.inset, 4);
  text(ui, ui.fonts.text, {card.x, card.centre().y - size.y / 2}, theme.muted, words().invitation,
       card.w);
}

void ExpertsPicturesLab::draw_trouble(Ui& ui, Box box) {
  const std::string wrong = weights().error;
  if (!draw_load_trouble(ui, box.inset(-6), wrong.empty() ? engine_->error() : wrong)) return;
  frame.files.forget(weights_name());
  if (!frame.files.trouble(pictures_name()).empty()) frame.files.forget(pictures_name());
  engine_->retry();
}

// --- Words and formulas ---

/// What the model is made of.
std::string ExpertsPicturesLab::said() const {
  const auto& experts = engine_->card().model.pictures.net.experts;
  if (!weights().ready() || !experts) return {};
  const auto millions = [](int64_t numbers) { return static_cast<double>(numbers) * 1e-6; };
  std::string out =
      fmt::format(fmt::runtime(words().said), extent().layers, experts->experts, experts->chosen,
                  millions(engine_->card().parameters), millions(engine_->card().active));
  if (experts->shared > 0) {
    out += " " + fmt::format(fmt::runtime(words().said_shared), experts->shared);
  }
  return out;
}

std::array<FormulaLine, 4> ExpertsPicturesLab::formulas() const {
  namespace f = words::formulas;
  const auto experts = engine_->card().model.pictures.net.experts.value_or(nn::MoeConfig{});
  const bool threshold = experts.choice == nn::Choice::threshold;
  const size_t router = static_cast<size_t>(experts.router) + (threshold ? 3 : 0);
  return {{{words().layer_label, f::experts_pictures::layer},
           {words().router_label, f::experts_pictures::router[router]},
           {words().load_label, f::experts_pictures::load},
           {frame.words->common.sample_label, f::pictures::sample[1]}}};
}

float ExpertsPicturesLab::draw_words(Ui& ui, Box box) const {
  const auto lines = formulas();
  const std::string model = said();
  return draw_explanation(
      ui, {.said = model, .seen = words().seen[state_.silenced.empty() ? 0 : 1], .formulas = lines},
      box);
}

// --- Layouts ---

/// The picture on the left; beside it what silence does and the experts; layers and loads below.
float ExpertsPicturesLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const float large = crisp_side(pixel_side(), std::min(largest_picture, area.w * 0.36F));
  const float small = caption_height + small_picture + gap;
  const float left_height = caption_height + large + time_row + noises_row;
  Box upper = area.cut_top(std::max(left_height, small + legend_height(2)));
  Box left = upper.cut_left(large);
  draw_painted(ui, left.cut_top(caption_height + large));
  draw_trouble(ui, {left.x, left.y - large, large, large});
  draw_time(ui, left.cut_top(time_row).inset(0, 4));
  draw_noises(ui, left.cut_top(noises_row));
  upper.cut_left(2 * gap);
  draw_comparison(ui, upper.cut_top(small));
  draw_legend(ui, upper, 2);
  area.cut_top(gap);

  const int layers = extent().layers;
  Box plot = area;
  Box strip = plot.cut_left(std::min(area.w * 0.62F, 108 * static_cast<float>(layers)));
  plot.cut_left(gap);
  const float used = draw_layers(ui, strip, layers);
  draw_load(ui, {plot.x, plot.y + 4, plot.w, used - 8});
  area.cut_top(used + gap);

  area.cut_top(draw_preferred(ui, area, 2, crisp_side(pixel_side(), 66)) + 4);
  return area.y + draw_words(ui, {area.x, area.y, area.w, 0}) - top;
}

float ExpertsPicturesLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  const float large = crisp_side(pixel_side(), area.w);
  const Box painted = area.cut_top(caption_height + large);
  draw_painted(ui, {painted.x + (painted.w - large) / 2, painted.y, large, painted.h});
  draw_trouble(ui, {area.x, area.y - large, area.w, large});
  draw_time(ui, area.cut_top(time_row));
  draw_noises(ui, area.cut_top(noises_row));
  area.cut_top(4);
  draw_legend(ui, area.cut_top(legend_height(2)), 2);
  area.cut_top(gap);
  const float small = crisp_side(pixel_side(), std::min(area.column(0, 3, gap).w, small_picture));
  draw_comparison(ui, area.cut_top(caption_height + small));
  area.cut_top(gap);
  area.cut_top(draw_layers(ui, area, 3) + 8);
  draw_load(ui, area.cut_top(200));
  area.cut_top(gap);
  area.cut_top(draw_preferred(ui, area, 1, crisp_side(pixel_side(), 56)) + gap);
  return area.y + draw_words(ui, {area.x, area.y, area.w, 0}) - top;
}

float ExpertsPicturesLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow || area.w < beside_width ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui

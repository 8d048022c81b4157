// Settings, rows of pictures of one noise, and the words.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/distill_pictures/lab.h"
#include "rivulet/ui/plot.h"
#include "rivulet/ui/settings.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

using distill_pictures::maker_count;
using distill_pictures::picture_count;

constexpr int student_row = maker_count;  // below the makers that ship
constexpr int row_count = maker_count + 1;
constexpr float name_width = 176;
constexpr float name_height = 22;  ///< above the pictures, in one column
constexpr float cell_space = 6;
constexpr float row_space = 10;
constexpr float largest_cell = 80;
constexpr float beside_width = 900;  ///< of the area: narrower, the curve lies below
constexpr float curve_height = 230;
constexpr float least_curve = 260;

constexpr float largest_safe = 1.2F;  // lambda: SiD's own choice

/// Of the losses that are offered, as words have them.
size_t loss_index(models::DistillLoss loss) {
  if (loss == models::DistillLoss::l1) return 0;
  return loss == models::DistillLoss::l3 ? 1 : 2;
}

}  // namespace

// --- Settings ---

void DistillPicturesLab::draw_head(Ui& ui, Box box) {
  const bool failed = !engine_->error().empty();
  const bool playing = state_.playing && !failed;
  const Transport pressed = draw_transport(ui, ui.phone ? box : box.cut_top(40), playing);
  if (pressed.play) {
    state_.playing = !playing;
    if (failed) restart_wanted_ = true;
  }
  if (pressed.step) one_step();
  if (pressed.restart) restart_wanted_ = true;
  if (!ui.phone) draw_training_pace(ui, box, progress().step, progress().steps_per_second);
}

/// Returns the height used.
float DistillPicturesLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  const auto& table = distill_pictures::settings();
  draw_rows(ui, column, table, rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, table, rows::Part::more, state_);
  if (weights(Model::teacher).ready()) {
    draw_attributes(ui, column, engine_->card(Model::teacher).model.pictures.attributes,
                    state_.wish.labels);
  }
  return column.y - top;
}

// --- Rows of pictures ---

/// Evaluations and time, as far as they are known.
std::string DistillPicturesLab::cost_text(int row, bool narrow) const {
  float ms = 0;
  int evaluations = 1;
  if (row == student_row) {
    ms = student().ms / picture_count;
  } else {
    const auto maker = static_cast<Maker>(row);
    const distill_pictures::Sheet& sheet = engine_->sheet(maker);
    if (sheet.batch > 0) ms = sheet.ms / static_cast<float>(sheet.batch);
    evaluations = distill_pictures::evaluations_of(maker, state_.wish);
  }
  std::string said = evaluations == 1 ? std::string(words().one_evaluation)
                                      : fmt::format(fmt::runtime(words().evaluations), evaluations);
  if (ms <= 0) return said;
  const std::string time = fmt::format("{:.{}f}", ms, ms < 10 ? 1 : 0);
  return said + (narrow ? ", " : "\n") + fmt::format(fmt::runtime(words().milliseconds), time);
}

void DistillPicturesLab::draw_row_name(Ui& ui, Box box, int row, bool narrow) const {
  const bool mine = row == student_row;
  std::string name = mine ? words().yours : words().makers[static_cast<size_t>(row)];
  const std::string what =
      mine ? fmt::format(fmt::runtime(words().now), std::max<int64_t>(student().step, 0))
           : steps_text(ui, distill_pictures::steps_of(static_cast<Maker>(row), state_.wish));
  if (mine || row < 4) name = fmt::format(fmt::runtime(common().caption), name, what);
  const ImU32 color = mine ? ui.theme->accent : ui.theme->text;
  const std::string cost = cost_text(row, narrow);
  if (narrow) {
    label(ui, ui.fonts.strong, box, color, name);
    box.cut_left(text_size(ui.fonts.strong, name).x + 10);
    label(ui, ui.fonts.small, box, ui.theme->muted, cost, Align::right);
    return;
  }
  const float height = 20 + text_size(ui.fonts.small, cost, box.w).y;
  const float y = box.centre().y - height / 2;
  label(ui, ui.fonts.strong, {box.x, y, box.w - 8, 18}, color, name);
  text(ui, ui.fonts.small, {box.x, y + 20}, ui.theme->muted, cost, box.w);
}

void DistillPicturesLab::draw_row(Ui& ui, Box box, float cell, int row, bool narrow) {
  draw_row_name(ui, narrow ? box.cut_top(name_height) : box.cut_left(name_width), row, narrow);
  const bool mine = row == student_row;
  const Model model = mine ? first_model() : distill_pictures::model_of(static_cast<Maker>(row));
  const int first =
      mine ? distill_pictures::student_slot : distill_pictures::maker_slot + row * picture_count;
  // What is written over a row has buttons of its own.
  const bool broken = !weights(model).error.empty() || (mine && !engine_->error().empty());
  for (int i = 0; i < picture_count && !broken; ++i) {
    const Box place{box.x + (cell + cell_space) * static_cast<float>(i), box.y, cell, cell};
    ui.draw().AddRectFilled(place.min(), place.max(), ui.theme->inset, 2);
    const Touch touched = touch(ui, fmt::format("row.{}.{}", row, i).c_str(), place, 4);
    describe_picture(ui, i, i == state_.picture);
    if (!mine || student().step >= 0) atlas_.draw(ui, first + i, place);
    if (touched.pressed) state_.picture = i;
    if (mine && (i == state_.picture || touched.hovered)) {
      const Box ring = place.inset(-2.5F);
      ui.draw().AddRect(ring.min(), ring.max(),
                        i == state_.picture ? ui.theme->accent : ui.theme->faint, 3, 0, 2);
    }
  }
  const Box all{box.x, box.y, narrow ? box.w : (cell + cell_space) * picture_count, cell};
  if (mine && !broken && !runs()) {
    label(ui, ui.fonts.text, all.inset(12, 0), ui.theme->muted, words().waiting);
  }
  if (mine && weights(model).ready()) {
    if (draw_trouble(ui, all, engine_->error(), "again")) restart_wanted_ = true;
    return;
  }
  const std::string name = fmt::format("retry.{}", row);
  if (draw_trouble(ui, all, weights(model).error, name.c_str())) {
    frame.files.forget(weights_name(model));
  }
}

/// In the place of a row's pictures: why there are none, and another try; true when the visitor
/// wants that.
bool DistillPicturesLab::draw_trouble(Ui& ui, Box box, const std::string& why, const char* name) {
  if (why.empty()) return false;
  Box again = box.cut_right(120);
  box.cut_right(12);
  again = {again.x, again.centre().y - 17, again.w, 34};
  const std::string said = ui.error(why);
  const ImVec2 size = text_size(ui.fonts.small, said, box.w);
  if (size.y <= box.h) {
    text(ui, ui.fonts.small, {box.x, box.centre().y - size.y / 2}, ui.theme->error, said, box.w);
  } else {
    label(ui, ui.fonts.small, box, ui.theme->error, said);
  }
  return button(ui, name, again, Icon::restart, common().retry, Look::plain);
}

/// One picture from the first step on.
void DistillPicturesLab::draw_stages(Ui& ui, Box box, float cell, bool narrow) {
  const std::string title = fmt::format(fmt::runtime(words().stages), state_.picture + 1);
  if (narrow) {
    label(ui, ui.fonts.strong, box.cut_top(name_height), ui.theme->text, title);
  } else {
    const Box name = box.cut_left(name_width);
    const float height = text_size(ui.fonts.strong, title, name.w - 12).y;
    text(ui, ui.fonts.strong, {name.x, name.y + (cell - height) / 2}, ui.theme->text, title,
         name.w - 12);
  }
  ui.boxes.emplace_back("stages", Box{box.x, box.y, box.w, cell});
  const auto& stages = student().stages;
  for (size_t i = 0; i < distill_pictures::most_stages; ++i) {
    const Box place{box.x + (cell + cell_space) * static_cast<float>(i), box.y, cell, cell};
    ui.draw().AddRectFilled(place.min(), place.max(), ui.theme->inset, 2);
    if (i >= stages.size()) continue;
    atlas_.draw(ui, distill_pictures::stage_slot + static_cast<int>(i), place);
    label(ui, ui.fonts.small, {place.x, place.y + cell + 2, cell, 16}, ui.theme->muted,
          std::to_string(stages[i].step), Align::centre);
  }
}

/// All rows, the student's last, and its stages; returns the height used.
float DistillPicturesLab::draw_rows_of(Ui& ui, Box area, float room, bool narrow) {
  const float top = area.y;
  const float names = narrow ? 0 : name_width;
  const float across = (area.w - names + cell_space) / picture_count - cell_space;
  const float down = room / (row_count + 1) - row_space;
  const float cell =
      crisp_side(pixel_side(), std::min({across, largest_cell, narrow ? across : down}));
  const float pitch = cell + row_space + (narrow ? name_height : 0);
  ui.boxes.emplace_back("pictures", Box{area.x, area.y, area.w, pitch * row_count});
  for (int row = 0; row < row_count; ++row) {
    if (row == student_row) {
      area.cut_top(4);
      ui.draw().AddLine(area.min(), {area.x + area.w, area.y}, ui.theme->border);
      area.cut_top(row_space);
    }
    draw_row(ui, area.cut_top(pitch), cell, row, narrow);
  }
  draw_stages(ui, area.cut_top(pitch + 12), cell, narrow);
  return area.y - top;
}

void DistillPicturesLab::draw_curve(Ui& ui, Box box) {
  ui.boxes.emplace_back("curve", box);
  draw_plot(ui, box,
            {.title = words().curve,
             .x_axis = common().training_steps_axis,
             .curves = {{.series = &progress().l1,
                         .color = ui.theme->accent,
                         .width = 2,
                         .name = {},
                         .smooth = true}}});
}

// --- Words and the page ---

std::vector<FormulaLine> DistillPicturesLab::formulas() const {
  namespace f = words::formulas::distill_pictures;
  return {{words().generator_label, f::generator},
          {words().loss_label, f::loss[loss_index(state_.dials.loss)]},
          {words().fake_label, f::fake}};
}

/// Returns the height used.
float DistillPicturesLab::draw_main(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const std::vector<FormulaLine> lines = formulas();
  const size_t loss = loss_index(state_.dials.loss);
  const bool wild = loss == 2 && state_.dials.lambda > largest_safe;
  const Explanation said{.said = words().first_text[static_cast<size_t>(state_.setup.first)],
                         .seen = words().loss_text[wild ? 3 : loss],
                         .formulas = lines};
  const words::Pictures& pictures = frame.words->pictures;
  const auto dice = [&](Box box) {
    if (button(ui, "roll", box, Icon::dice, pictures.new_noise, Look::plain,
               pictures.new_noise_hint)) {
      roll();
    }
  };
  if (narrow || area.w < beside_width) {
    area.cut_top(draw_rows_of(ui, area, area.h, narrow || area.w < 640));
    dice(area.cut_top(40));
    area.cut_top(gap);
    draw_curve(ui, area.cut_top(curve_height));
    area.cut_top(gap);
    return area.y + draw_explanation(ui, said, {area.x, area.y, area.w, 0}) - top;
  }
  const float below = explanation_height(ui, said, area.w) + gap;
  Box left = area;
  left.w = area.w - least_curve - gap;
  const float used = draw_rows_of(ui, left, std::max(area.h - below, 420.0F) - 30, false);
  Box right{left.x + left.w + gap, area.y, least_curve, used};
  dice(right.cut_top(40));
  right.cut_top(gap);
  draw_curve(ui, right.cut_top(std::min(right.h, 300.0F)));
  area.cut_top(used + gap);
  return area.y + draw_explanation(ui, said, {area.x, area.y, area.w, 0}) - top;
}

}  // namespace rivulet::ui

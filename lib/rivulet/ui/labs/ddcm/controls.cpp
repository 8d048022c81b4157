// The column of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/ddcm/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {
namespace {

constexpr int sample_columns = 8;

}  // namespace

void DdcmLab::draw_head(Ui& ui, Box row) {
  if (state_.view == ddcm::View::plane) {
    if (button(ui, "roll", row, Icon::dice, frame.words->pictures.new_noise, Look::accent)) roll();
    return;
  }
  const Box right = row.column(1, 2, 8);
  if (button(ui, "roll", row.column(0, 2, 8), Icon::dice,
             ui.phone ? words().another_short : words().another_face, Look::accent,
             words().another_face_hint)) {
    roll();
  }
  if (state_.view == ddcm::View::restore) {
    if (button(ui, "again", right, Icon::restart, ui.phone ? words().again_short : words().again,
               Look::plain, words().again_hint)) {
      ++state_.restore_seed;
    }
  } else if (button(ui, "uuid", right, Icon::dice, ui.phone ? words().uuid_short : words().any_uuid,
                    Look::plain, words().any_uuid_hint)) {
    roll_uuid();
  }
}

/// A field for a code, and below it the pictures that ship.
void DdcmLab::draw_sources(Ui& ui, Box& column) {
  const Box field = column.cut_top(36);
  const bool entered =
      text_field(ui, "field", field, words().type_code, &typed_, ddcm::most_code_text);
  if (entered || typed_.size() == 36) {  // a whole UUID needs no Enter
    if (!typed_.empty()) give_text(ui, std::exchange(typed_, {}));
  }
  column.cut_top(8);
  draw_samples(ui, column);
}

void DdcmLab::draw_samples(Ui& ui, Box& column) {
  heading(ui, column, words().samples, words().samples_note);
  const auto count = static_cast<int>(std::min<int64_t>(samples_.count(), ddcm::sample_count));
  const float pitch = column.w / sample_columns;
  const float cell = crisp_side(ddcm::usual_side, pitch - 3);
  const int rows = ddcm::sample_count / sample_columns;
  const Box all = column.cut_top(pitch * static_cast<float>(rows));
  ui.boxes.emplace_back("samples", all);
  for (int i = 0; i < count; ++i) {
    const Box box{all.x + pitch * static_cast<float>(i % sample_columns) + (pitch - cell) / 2,
                  all.y + pitch * static_cast<float>(i / sample_columns) + (pitch - cell) / 2, cell,
                  cell};
    const Touch touched = touch(ui, fmt::format("sample.{}", i).c_str(), box, 3);
    describe_picture(ui, i, state_.source == ddcm::Source::sample && state_.picture == i);
    const int slot = ddcm::sample_slot + i;
    atlas_.draw(ui, slot, box);
    const bool chosen = state_.source == ddcm::Source::sample && state_.picture == i;
    if (chosen || touched.hovered) {
      const Box ring = box.inset(-1.5F);
      ui.draw().AddRect(ring.min(), ring.max(), chosen ? ui.theme->accent : ui.theme->faint, 2, 0,
                        chosen ? 2.5F : 1.5F);
    }
    if (touched.pressed) choose_sample(i);
    if (touched.hovered) ui.next_highlight = "source";
  }
  column.cut_top(12);
}

/// A code that was read is coded anew when a setting of it is changed.
void DdcmLab::draw_dials(Ui& ui, Box& column) {
  ddcm::State next = state_;
  draw_rows(ui, column, ddcm::settings(), rows::Part::main, next);
  if (state_.view == ddcm::View::code) {
    draw_more_button(ui, column, frame.more);
    if (frame.more) draw_more(ui, column, next);
  }
  if (next == state_) return;
  if (state_.view == ddcm::View::code) {
    change_details();
    next.source = state_.source;
    next.own = state_.own;
    next.code = state_.code;
  }
  state_ = std::move(next);
}

void DdcmLab::draw_more(Ui& ui, Box& column, ddcm::State& next) {
  draw_rows(ui, column, ddcm::settings(), rows::Part::more, next);
  if (ready() && !engine_->card().model.pictures.palette.empty()) {
    draw_setting(ui, column, ddcm::settings(), "snap", next);
  }
  draw_labels(ui, column, next.labels);
  const bool usual =
      next.details == models::DdcmSettings{} && next.tuned && next.choice == models::Choice::argmax;
  if (!usual &&
      button(ui, "usual", column.cut_top(36), Icon::restart, words().usual, Look::quiet)) {
    next.details = {};
    next.tuned = true;
    next.choice = models::Choice::argmax;
    next.labels.clear();
  }
}

/// What the model is told of the picture: a code made so needs fewer bytes for the rest.
void DdcmLab::draw_labels(Ui& ui, Box& column, PictureLabels& labels) {
  if (!ready()) return;
  const auto& attributes = engine_->card().model.pictures.attributes;
  if (attributes.empty()) return;
  heading(ui, column, words().labels);
  for (size_t k = 0; k < attributes.size(); ++k) {
    const auto count = static_cast<int>(attributes[k].values.size());
    int value = k < labels.size() ? std::clamp(labels[k], any_label, count - 1) + 1 : 0;
    const Box box = column.cut_top(dial_height);
    column.cut_top(8);
    const std::string_view words =
        value == 0 ? common().any
                   : words::value_text(*frame.words, attributes[k].name,
                                       attributes[k].values[static_cast<size_t>(value - 1)]);
    const std::string_view title = words::attribute_text(*frame.words, attributes[k].name);
    const std::string name = fmt::format("label.{}", k);
    if (!dial(ui, name.c_str(), box, {title, {}, words}, &value, count + 1)) continue;
    labels.resize(std::max(labels.size(), k + 1), any_label);
    labels[k] = value - 1;
  }
  while (!labels.empty() && labels.back() == any_label) labels.pop_back();
}

/// Returns the height used.
float DdcmLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  draw_dials(ui, column);
  if (state_.view != ddcm::View::plane) draw_sources(ui, column);
  return column.y - top;
}

}  // namespace rivulet::ui

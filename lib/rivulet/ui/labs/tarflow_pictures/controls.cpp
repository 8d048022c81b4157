// The column of settings.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {
namespace {

constexpr int source_columns = 8;

template <size_t N>
std::vector<std::string> as_words(const std::array<const char*, N>& words) {
  return {words.begin(), words.end()};
}

float strip_height(const Ui& ui) { return ui.phone ? 42.0F : 36.0F; }

}  // namespace

void TarflowPicturesLab::draw_head(Ui& ui, Box row) {
  if (state_.view != View::sample) {
    if (button(ui, "roll", row, Icon::dice, words().another, Look::accent, words().another_hint)) {
      roll();
    }
    return;
  }
  const Box keep = row.cut_right(44);
  row.cut_right(8);
  if (button(ui, "roll", row.column(0, 2, 8), Icon::dice,
             ui.phone ? words().new_noise_short : words().new_noise, Look::accent,
             words().new_noise_hint)) {
    roll();
  }
  if (button(ui, "again", row.column(1, 2, 8), Icon::restart,
             ui.phone ? words().again_short : words().again, Look::plain, words().again_hint)) {
    replay();
  }
  if (!button(ui, "save.grid", keep, Icon::save, {}, Look::plain, words().save_all)) return;
  std::vector<float> all;
  for (int i = 0; i < count_; ++i) {
    const std::vector<float> picture = sample_values(i);
    all.insert(all.end(), picture.begin(), picture.end());
  }
  save(ui, {}, all, 4);
}

void TarflowPicturesLab::draw_latent_dials(Ui& ui, Box& column) {
  draw_setting(ui, column, tarflow_pictures::settings(), "blend", state_);
  draw_setting(ui, column, tarflow_pictures::settings(), "grain", state_);
  if (edited() &&
      button(ui, "undo", column.cut_top(36), Icon::undo, words().undo_edits, Look::quiet)) {
    undo_edits();
  }
}

/// How samples, and pictures on their way back, are made.
void TarflowPicturesLab::draw_request(Ui& ui, Box& column) {
  const auto& settings = tarflow_pictures::settings();
  if (draw_rows(ui, column, settings, rows::Part::main, state_) == "seconds") replay();
  if (ready() && !engine_->card().model.pictures.palette.empty()) {
    draw_setting(ui, column, settings, "snap", state_);
  }
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, settings, rows::Part::more, state_);
  draw_choices(ui, column);
}

/// Pictures that ship, and ways to bring others.
void TarflowPicturesLab::draw_sources(Ui& ui, Box& column) {
  const Box row = column.cut_top(strip_height(ui));
  if (button(ui, "draw", row.column(0, 2, 8), editor_.is_open() ? Icon::check : Icon::pen,
             editor_.is_open() ? common().done : words().draw,
             editor_.is_open() ? Look::accent : Look::plain, words().draw_hint)) {
    editor_.is_open() ? editor_.close() : open_editor();
  }
  if (button(ui, "open", row.column(1, 2, 8), Icon::open, words().open, Look::plain,
             words().open_hint)) {
    frame.choose_file(ui);
  }
  column.cut_top(8);
  heading(ui, column, words().held_out, words().held_out_note);
  if (state_.view == View::latent) {
    int end = far_end_ ? 1 : 0;
    if (segments(ui, "end", column.cut_top(strip_height(ui)), as_words(words().ends), &end)) {
      far_end_ = end == 1;
    }
    column.cut_top(8);
  }
  const auto count =
      static_cast<int>(std::min<int64_t>(held_out_.count(), tarflow_pictures::held_out_count));
  const float pitch = column.w / source_columns;
  const float cell = crisp_side(side(), pitch - 3);
  const Box all = column.cut_top(pitch * (tarflow_pictures::held_out_count / source_columns));
  ui.boxes.emplace_back("held-out", all);
  const bool far = far_end_ && state_.view == View::latent;
  for (int i = 0; i < count; ++i) {
    const Box box{all.x + pitch * static_cast<float>(i % source_columns) + (pitch - cell) / 2,
                  all.y + pitch * static_cast<float>(i / source_columns) + (pitch - cell) / 2, cell,
                  cell};
    const Touch touched = touch(ui, fmt::format("held-out.{}", i).c_str(), box, 3);
    describe_picture(ui, i);
    atlas_.draw(ui, tarflow_pictures::held_slot + i, box);
    const bool from = state_.source == tarflow_pictures::Source::held_out && state_.picture == i;
    const bool to = state_.view == View::latent && state_.blend > 0 && state_.other == i;
    const bool chosen = far ? state_.other == i : from;
    if (chosen || from || to || touched.hovered) {
      const Box ring = box.inset(-1.5F);
      const ImU32 color = from           ? ui.theme->accent
                          : to || chosen ? ui.theme->rival
                                         : ui.theme->faint;
      ui.draw().AddRect(ring.min(), ring.max(), color, 2, 0, from || to || chosen ? 2.5F : 1.5F);
    }
    if (touched.pressed) choose_held_out(i);
    if (touched.hovered) ui.next_highlight = far ? "blend" : "source";
  }
  column.cut_top(12);
}

void TarflowPicturesLab::draw_choices(Ui& ui, Box& column) {
  if (!ready() || engine_->card().model.pictures.attributes.empty()) return;
  if (state_.view == View::latent) {
    label(ui, ui.fonts.small, column.cut_top(24), ui.theme->muted, words().show_back);
  }
  draw_attributes(ui, column, engine_->card().model.pictures.attributes, state_.labels);
}

/// Returns the height used.
float TarflowPicturesLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (draw_setting(ui, column, tarflow_pictures::settings(), "set", state_)) editor_.close();
  if (state_.view == View::latent) {
    draw_latent_dials(ui, column);
    draw_sources(ui, column);
  }
  if (state_.view == View::likelihood) {
    draw_rows(ui, column, tarflow_pictures::settings(), rows::Part::main, state_);
    draw_sources(ui, column);
  } else {
    draw_request(ui, column);
  }
  return column.y - top;
}

}  // namespace rivulet::ui

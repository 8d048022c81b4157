// The column of settings.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float temperatures[] = {0,    0.3F,  0.5F, 0.6F,  0.7F, 0.75F, 0.8F, 0.85F,
                                  0.9F, 0.95F, 1.0F, 1.05F, 1.1F, 1.2F,  1.5F};
constexpr float guidances[] = {1, 1.25F, 1.5F, 1.75F, 2, 2.25F, 2.5F, 3, 3.5F, 4, 5, 6};
constexpr float attentions[] = {0.25F, 0.5F, 0.7F, 0.8F, 0.9F, 1, 1.1F, 1.25F, 1.5F, 2, 3, 4};
constexpr float tolerances[] = {0.3F, 0.1F, 3e-2F, 1e-2F, 3e-3F, 1e-3F, 1e-4F, 1e-5F};
constexpr float alphas[] = {0.5F, 1, 1.5F, 2, 3, 4, 5, 7, 10};
constexpr float parts[] = {0,     0.05F, 0.1F,  0.15F, 0.2F,  0.25F, 0.3F,
                           0.35F, 0.4F,  0.45F, 0.5F,  0.55F, 0.6F,  0.65F,
                           0.7F,  0.75F, 0.8F,  0.85F, 0.9F,  0.95F, 1};
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

void TarflowPicturesLab::draw_sampler(Ui& ui, Box& column) {
  heading(ui, column, words().sampler);
  int method = static_cast<int>(state_.method);
  const Box strip = column.cut_top(strip_height(ui));
  if (segments(ui, "sampler", strip, as_words(words().samplers_short), &method)) {
    state_.method = static_cast<models::TarflowMethod>(method);
  }
  if (strip.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "sampler";
  column.cut_top(12);
}

void TarflowPicturesLab::draw_guidance(Ui& ui, Box& column) {
  // Samples are told labels that nobody chose as well.
  const bool told = state_.view == tarflow_pictures::View::sample ||
                    std::ranges::any_of(state_.labels, [](int label) { return label >= 0; });
  const bool idle = state_.attention_temperature == 1 && !(told && state_.without_labels);
  const std::string value = state_.guidance <= 1 ? std::string(words().guidance_none)
                            : idle
                                ? fmt::format(fmt::runtime(words().guidance_idle), state_.guidance)
                                : fmt::format("{:.4g}", state_.guidance);
  list_dial(ui, "guidance", column, {words().guidance, "w", value, words().guidance_hint},
            guidances, &state_.guidance);
}

void TarflowPicturesLab::draw_sample_dials(Ui& ui, Box& column) {
  draw_sampler(ui, column);
  const std::string pace = state_.seconds == 0
                               ? std::string(words().pace_none)
                               : fmt::format(fmt::runtime(words().pace_value), state_.seconds);
  if (dial_over(ui, "pace", column, {words().pace, {}, pace, words().pace_hint},
                std::span<const int>(tarflow_pictures::paces), &state_.seconds)) {
    replay();
  }
  list_dial(ui, "temperature", column,
            {words().temperature, "τ", fmt::format("{:.4g}", state_.temperature),
             words().temperature_hint},
            temperatures, &state_.temperature);
  draw_guidance(ui, column);
  toggle(ui, "denoise", column.cut_top(36), words().denoise, &state_.denoise);
  if (ready() && !engine_->card().model.pictures.palette.empty() && state_.denoise) {
    toggle(ui, "snap", column.cut_top(36), words().snap, &state_.snap);
  }
  column.cut_top(4);
}

void TarflowPicturesLab::draw_latent_dials(Ui& ui, Box& column) {
  const auto percent = [](float part) { return fmt::format("{:.0f} %", part * 100); };
  list_dial(ui, "blend", column, {words().blend, "s", percent(state_.blend), words().blend_hint},
            parts, &state_.blend);
  list_dial(ui, "grain", column, {words().grain, "a", percent(state_.grain), words().grain_hint},
            parts, &state_.grain);
  if (edited() &&
      button(ui, "undo", column.cut_top(36), Icon::undo, words().undo_edits, Look::quiet)) {
    undo_edits();
  }
}

void TarflowPicturesLab::draw_more_button(Ui& ui, Box& column) {
  if (button(ui, "more", column.cut_top(36), more_ ? Icon::up : Icon::down,
             more_ ? words().less : words().more, Look::quiet)) {
    more_ = !more_;
  }
  column.cut_top(8);
  if (more_) draw_more(ui, column);
}

void TarflowPicturesLab::draw_more(Ui& ui, Box& column) {
  heading(ui, column, words().form);
  int form = static_cast<int>(state_.form);
  if (segments(ui, "form", column.cut_top(strip_height(ui)), as_words(words().forms), &form)) {
    state_.form = static_cast<models::TarflowGuidance>(form);
  }
  column.cut_top(6);
  toggle(ui, "without-labels", column.cut_top(36), words().without_labels, &state_.without_labels);
  toggle(ui, "ramp", column.cut_top(36), words().ramp, &state_.ramp);
  column.cut_top(6);
  list_dial(ui, "attention", column,
            {words().attention,
             {},
             fmt::format("{:.4g}", state_.attention_temperature),
             words().attention_hint},
            attentions, &state_.attention_temperature);
  list_dial(ui, "alpha", column,
            {words().alpha, "α", fmt::format("{:.4g}", state_.most_alpha), words().alpha_hint},
            alphas, &state_.most_alpha);
  if (state_.method == models::TarflowMethod::sequential) return;
  if (state_.method == models::TarflowMethod::gauss_seidel) {
    dial_over(ui, "group", column,
              {words().group, "G", fmt::format(fmt::runtime(words().group_value), state_.group),
               words().group_hint},
              std::span<const int>(tarflow_pictures::group_sizes), &state_.group);
  }
  list_dial(
      ui, "tolerance", column,
      {words().tolerance, "ε", fmt::format("{:.1g}", state_.tolerance), words().tolerance_hint},
      tolerances, &state_.tolerance);
  toggle(ui, "first-in-order", column.cut_top(36), words().first_in_order, &state_.first_in_order);
  column.cut_top(6);
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
    open_file(ui, opening_, common().no_files);
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
  const std::vector<std::string> sets(all_->pictures.sets.begin(), all_->pictures.sets.end());
  int set = static_cast<int>(state_.set);
  if (segments(ui, "set", column.cut_top(strip_height(ui)), sets, &set)) {
    choose_set(static_cast<PictureSet>(set));
  }
  column.cut_top(10);
  if (state_.view == View::sample) {
    draw_sample_dials(ui, column);
    draw_more_button(ui, column);
    draw_choices(ui, column);
  } else if (state_.view == View::latent) {
    draw_latent_dials(ui, column);
    draw_sources(ui, column);
    draw_sampler(ui, column);
    draw_guidance(ui, column);
    draw_more_button(ui, column);
    draw_choices(ui, column);
  } else {
    toggle(ui, "bits", column.cut_top(36), words().bits, &state_.bits);
    column.cut_top(8);
    draw_sources(ui, column);
  }
  return column.y - top;
}

}  // namespace rivulet::ui

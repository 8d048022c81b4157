// The column of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

constexpr int index_bits[] = {1, 2, 4, 6, 8, 10, 12};
constexpr int atom_counts[] = {2, 3, 4, 6, 8, 12, 16};
constexpr int coefficient_bits[] = {1, 2, 3, 4};
constexpr int tails[] = {0, 2, 4, 8, 16};
constexpr float rhos[] = {1, 1.25F, 1.5F, 1.75F, 2, 2.25F, 2.5F, 2.75F, 3};
constexpr float noises[] = {0.25F, 0.375F, 0.5F, 0.625F, 0.75F, 0.875F, 1};
constexpr float grains[] = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.8F, 1};
constexpr int sample_columns = 8;

template <size_t N>
std::vector<std::string> as_words(const std::array<const char*, N>& words) {
  return {words.begin(), words.end()};
}

float strip_height(const Ui& ui) { return ui.phone ? 42.0F : 36.0F; }

}  // namespace

void DdcmLab::draw_head(Ui& ui, Box row) {
  if (state_.view == ddcm::View::plane) {
    if (button(ui, "roll", row, Icon::dice, all_->pictures.new_noise, Look::accent)) roll();
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
  ui.boxes.emplace_back("field", field);
  ImGui::SetCursorScreenPos(field.min());
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {12, (field.h - ImGui::GetFontSize()) / 2});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, 8);
  ImGui::PushStyleColor(ImGuiCol_FrameBg, ui.theme->inset);
  ImGui::PushStyleColor(ImGuiCol_TextDisabled, ui.theme->faint);
  ImGui::SetNextItemWidth(field.w);
  const bool entered =
      ImGui::InputTextWithHint("##code", words().type_code, typed_.data(), typed_.size(),
                               ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
  const std::string_view words(typed_.data());
  if (entered || words.size() == 36) {  // a whole UUID needs no Enter
    if (!words.empty()) give_text(ui, std::string(words));
    typed_.fill(0);
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

void DdcmLab::draw_code_dials(Ui& ui, Box& column) {
  const models::DdcmSettings settings = ddcm::code_settings(state_);
  const bool uuid = settings == models::uuid_settings();
  const std::string length =
      uuid ? std::string(words().uuid_value)
           : fmt::format(fmt::runtime(words().bytes_value), (models::code_bits(settings) + 7) / 8);
  int bytes = state_.bytes;
  if (dial_over(ui, "bytes", column, {words().bytes, "S", length, words().bytes_hint},
                std::span<const int>(ddcm::code_lengths), &bytes)) {
    change_details();
    state_.bytes = bytes;
  }
  const bool can_search =
      settings.form == models::CodeForm::single && state_.choice == models::Choice::argmax;
  if (can_search) {
    int effort = state_.effort;
    const Box box = column.cut_top(dial_height);
    column.cut_top(8);
    if (dial(
            ui, "effort", box,
            {words().effort, {}, words().efforts[static_cast<size_t>(effort)], words().effort_hint},
            &effort, ddcm::most_effort + 1)) {
      change_details();
      state_.effort = effort;
    }
  }
  if (button(ui, "more", column.cut_top(36), more_ ? Icon::up : Icon::down,
             more_ ? words().less : words().more, Look::quiet)) {
    more_ = !more_;
  }
  column.cut_top(8);
  if (more_) draw_more(ui, column);
}

void DdcmLab::draw_more(Ui& ui, Box& column) {
  ddcm::State next = state_;
  draw_forms(ui, column, next);
  models::DdcmSettings& d = next.details;
  const models::DdcmSettings now = ddcm::code_settings(state_);
  d.rho = now.rho;
  d.noise = now.noise;
  const bool rho =
      list_dial(ui, "rho", column,
                {words().rho, "ρ", fmt::format("{:.4g}", d.rho), words().rho_hint}, rhos, &d.rho);
  const bool noise = list_dial(
      ui, "noise", column, {words().noise, "σ", fmt::format("{:.4g}", d.noise), words().noise_hint},
      noises, &d.noise);
  next.tuned = next.tuned && !rho && !noise;
  if (next.tuned) {
    d.rho = state_.details.rho;
    d.noise = state_.details.noise;
  }
  list_dial(ui, "tail", column, {words().tail, {}, fmt::format("{}", d.tail), words().tail_hint},
            tails, &d.tail);
  heading(ui, column, words().codebook);
  auto kind = static_cast<int>(d.codebook);
  if (segments(ui, "codebook", column.cut_top(strip_height(ui)), as_words(words().codebooks),
               &kind)) {
    d.codebook = static_cast<models::CodebookKind>(kind);
  }
  column.cut_top(8);
  if (ready() && !engine_->card().model.pictures.palette.empty()) {
    toggle(ui, "snap", column.cut_top(36), words().snap, &d.snap);
  }
  draw_labels(ui, column, next);
  if (d != models::DdcmSettings{} || !next.tuned || next.choice != models::Choice::argmax) {
    if (button(ui, "usual", column.cut_top(36), Icon::restart, words().usual, Look::quiet)) {
      d = {};
      next.tuned = true;
      next.choice = models::Choice::argmax;
      next.labels.clear();
    }
  }
  if (next == state_) return;
  change_details();  // a code that was read is coded anew
  state_.details = next.details;
  state_.tuned = next.tuned;
  state_.choice = next.choice;
  state_.labels = next.labels;
}

void DdcmLab::draw_forms(Ui& ui, Box& column, ddcm::State& next) {
  models::DdcmSettings& d = next.details;
  heading(ui, column, words().form);
  auto form = static_cast<int>(d.form);
  if (segments(ui, "form", column.cut_top(strip_height(ui)), as_words(words().forms), &form)) {
    d.form = static_cast<models::CodeForm>(form);
    d.atoms = d.form == models::CodeForm::single ? 1 : std::max(2, d.atoms);
  }
  column.cut_top(10);
  list_dial(ui, "bits", column,
            {words().bits, "K", fmt::format("{} (K = {})", d.bits, d.size()), words().bits_hint},
            index_bits, &d.bits);
  if (d.form != models::CodeForm::single) {
    list_dial(ui, "atoms", column,
              {words().atoms, "M", fmt::format("{}", d.atoms), words().atoms_hint}, atom_counts,
              &d.atoms);
  }
  d.atoms = static_cast<int>(std::min<int64_t>(d.atoms, d.size()));
  if (d.form == models::CodeForm::pursuit) {
    list_dial(
        ui, "coefficient", column,
        {words().coefficient, "C", fmt::format("{}", d.coefficient_bits), words().coefficient_hint},
        coefficient_bits, &d.coefficient_bits);
  }
  if (d.form != models::CodeForm::single) return;
  heading(ui, column, words().choice);
  const Box rows = column.cut_top(2 * strip_height(ui) + 6);
  for (int i = 0; i < 4; ++i) {
    Box row = rows;
    row.y += static_cast<float>(i / 2) * (strip_height(ui) + 6);
    row.h = strip_height(ui);
    const auto k = static_cast<size_t>(i);
    if (chip(ui, fmt::format("choice.{}", i).c_str(), row.column(i % 2, 2, 6), words().choices[k],
             static_cast<int>(next.choice) == i, words().choice_hints[k])) {
      next.choice = static_cast<models::Choice>(i);
    }
  }
  column.cut_top(12);
}

/// What the model is told of the picture: a code made so needs fewer bytes for the rest.
void DdcmLab::draw_labels(Ui& ui, Box& column, ddcm::State& next) {
  if (!ready()) return;
  const auto& attributes = engine_->card().model.pictures.attributes;
  if (attributes.empty()) return;
  heading(ui, column, words().labels);
  for (size_t k = 0; k < attributes.size(); ++k) {
    const auto count = static_cast<int>(attributes[k].values.size());
    int value = k < next.labels.size() ? std::clamp(next.labels[k], any_label, count - 1) + 1 : 0;
    const Box box = column.cut_top(dial_height);
    column.cut_top(8);
    const std::string words =
        value == 0 ? common().any : attributes[k].values[static_cast<size_t>(value - 1)];
    const std::string name = fmt::format("label.{}", k);
    if (!dial(ui, name.c_str(), box, {attributes[k].name, {}, words}, &value, count + 1)) continue;
    next.labels.resize(std::max(next.labels.size(), k + 1), any_label);
    next.labels[k] = value - 1;
  }
  while (!next.labels.empty() && next.labels.back() == any_label) next.labels.pop_back();
}

void DdcmLab::draw_restore_dials(Ui& ui, Box& column) {
  if (state_.task == ddcm::RestoreTask::noise) {
    list_dial(ui, "grain", column,
              {words().grain, "g", fmt::format("{:.2g}", state_.grain), words().grain_hint}, grains,
              &state_.grain);
  }
  list_dial(ui, "strength", column,
            {words().strength, "K",
             fmt::format(fmt::runtime(words().strength_value), 1 << state_.strength),
             words().strength_hint},
            index_bits, &state_.strength);
}

void DdcmLab::draw_plane_dials(Ui& ui, Box& column) {
  heading(ui, column, common().target);
  const float pitch = strip_height(ui) + 6;
  constexpr int shapes = data::shape2d_count - 1;  // none that is drawn
  const Box all = column.cut_top(pitch * ((shapes + 1) / 2) + 4);
  for (int i = 0; i < shapes; ++i) {
    Box row = all;
    row.y += static_cast<float>(i / 2) * pitch;
    row.h = strip_height(ui);
    const auto shape = static_cast<data::Shape2d>(i);
    const std::string name = fmt::format("target.{}", data::name_of(shape));
    if (chip(ui, name.c_str(), row.column(i % 2, 2, 6), common().targets[static_cast<size_t>(i)],
             state_.target == shape)) {
      state_.target = shape;
    }
  }
  heading(ui, column, words().choice);
  for (int i = 0; i < ddcm::plane_choices; ++i) {
    const auto k = static_cast<size_t>(i);
    Box row = column;
    row.y += static_cast<float>(i / 2) * pitch;
    row.h = strip_height(ui);
    if (chip(ui, fmt::format("plane.{}", i).c_str(), row.column(i % 2, 2, 6), words().planes[k],
             static_cast<int>(state_.plane) == i, words().plane_hints[k])) {
      state_.plane = static_cast<ddcm::PlaneChoice>(i);
    }
  }
  column.cut_top(3 * pitch + 8);
  dial_over(ui, "size", column,
            {words().size, "K", fmt::format("{}", state_.size), words().size_hint},
            std::span<const int>(ddcm::plane_sizes), &state_.size);
  dial_over(ui, "steps", column,
            {words().steps, {}, fmt::format("{}", state_.steps), words().steps_hint},
            std::span<const int>(ddcm::plane_steps), &state_.steps);
}

/// Returns the height used.
float DdcmLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (state_.view == ddcm::View::plane) {
    draw_plane_dials(ui, column);
    return column.y - top;
  }
  if (state_.view == ddcm::View::code) {
    draw_code_dials(ui, column);
  } else {
    draw_restore_dials(ui, column);
  }
  draw_sources(ui, column);
  return column.y - top;
}

}  // namespace rivulet::ui

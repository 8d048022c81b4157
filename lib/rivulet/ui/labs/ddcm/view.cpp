// The pictures, the code between them, the words below; wide and on a phone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/ddcm/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float view_bar_height = 50;
constexpr float caption = 26;
constexpr float largest_cell = 256;
constexpr float pad = 16;

}  // namespace

// --- Pictures ---

void DdcmLab::draw_picture(Ui& ui, Box place, int slot, const char* name) {
  ui.draw().AddRectFilled(place.min(), place.max(), ui.theme->inset);
  atlas_.draw(ui, slot, place);
  ui.boxes.emplace_back(name, place);
}

void DdcmLab::draw_source_buttons(Ui& ui, Box row) {
  if (state_.view != ddcm::View::code) return;
  const bool narrow = row.w < 210;
  const Box left = row.column(0, 2, 6);
  const Box right = row.column(1, 2, 6);
  if (button(ui, "draw", left, editor_.is_open() ? Icon::check : Icon::pen,
             editor_.is_open() ? common().done : words().draw,
             editor_.is_open() ? Look::accent : Look::plain, words().draw_hint)) {
    editor_.is_open() ? close_editor() : open_editor();
  }
  if (button(ui, "open", right, narrow ? Icon::none : Icon::open, words().open, Look::plain,
             words().open_hint)) {
    frame.choose_file(ui);
  }
}

/// The time that place and belief are shown at.
void DdcmLab::draw_time(Ui& ui, Box row) {
  if (button(ui, "play", row.cut_left(36), playback_.runs() ? Icon::pause : Icon::play, {},
             Look::quiet, words().play)) {
    playback_.toggle(state_.time);
  }
  const Box value = row.cut_right(72);
  const auto steps = static_cast<float>(shown_steps());
  label(ui, ui.fonts.small, value, ui.theme->muted,
        fmt::format("{:.0f} / {:.0f}", std::floor(state_.time * steps + 1e-3F), steps),
        Align::right);
  if (slider(ui, "time", row.inset(2, 0), ui.words->common.time, &state_.time)) playback_.hold();
}

/// A thin line over what is yet to come: the model's file, or the encoder's search.
void DdcmLab::draw_progress(Ui& ui, Box box) {
  const ddcm::CodeTrace& trace = engine_->trace();
  std::string said;
  float part = 1;
  const ModelFile file = weights();
  if (!file.ready() && file.error.empty()) {
    part = file.loaded;
    said = loading_text(ui, frame.files.find(ddcm::model_file));
  } else if (trace.run > 0 && trace.searched < 1) {
    part = trace.searched;
    said = fmt::format(fmt::runtime(words().searching), part * 100);
  }
  if (said.empty()) return;
  const Box bar{box.x, box.y + box.h - 34, box.w, 34};
  ui.draw().AddRectFilled(bar.min(), bar.max(), faded(ui.theme->card, 0.9F));
  label(ui, ui.fonts.small, {bar.x + 8, bar.y, bar.w - 16, 26}, ui.theme->text, said);
  ui.draw().AddRectFilled({bar.x, bar.y + 30}, {bar.x + bar.w, bar.y + 34}, ui.theme->inset);
  ui.draw().AddRectFilled({bar.x, bar.y + 30}, {bar.x + bar.w * part, bar.y + 34},
                          ui.theme->accent);
}

/// Over pictures that cannot be shown: why, and another try.
void DdcmLab::draw_trouble(Ui& ui, Box box) {
  const ddcm::CodeTrace& trace = engine_->trace();
  const std::string bad_model = weights().error;
  const std::string wrong = !bad_model.empty()         ? bad_model
                            : engine_->error().empty() ? trace.error
                                                       : engine_->error();
  if (!draw_load_trouble(ui, box, wrong)) return;
  if (!bad_model.empty()) try_again();
  engine_->retry();
}

/// Pictures side by side, `pitch` apart, with what belongs to each below it. Returns the height
/// used.
float DdcmLab::draw_row(Ui& ui, Box area, std::span<const Shown> pictures, float cell, float pitch,
                        bool narrow) {
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Shown& shown = pictures[i];
    const Box place{area.x + pitch * static_cast<float>(i), area.y + caption, cell, cell};
    label(ui, ui.fonts.strong, {place.x, area.y, cell, caption - 4}, ui.theme->text, shown.words);
    draw_picture(ui, place, shown.slot, shown.name);
    const Box below{place.x, place.y + cell + 6, cell, 34};
    if (shown.slot == ddcm::source_slot) {
      if (editor_.is_open() && editor_.follow_pen(ui, place)) keep_drawing();
      draw_source_buttons(ui, below);
    }
    if (shown.slot == ddcm::belief_slot) {
      draw_progress(ui, place);
      if (narrow || pictures.size() == 2) draw_quality(ui, below);
    }
    if (shown.slot == ddcm::residual_slot && !narrow) draw_quality(ui, below);
    if (shown.slot == ddcm::place_slot && !narrow) {
      const float save = pictures.size() == 2 ? 44.0F : 0.0F;  // lies at the end of the row
      draw_time(ui, {below.x, below.y, cell + pitch - save, below.h});
    }
  }
  const float across = pitch * static_cast<float>(pictures.size() - 1) + cell;
  draw_trouble(ui, {area.x, area.y, across, caption + cell});
  return caption + cell + 44;
}

/// How near the picture is, and a way to keep it.
void DdcmLab::draw_quality(Ui& ui, Box row) {
  if (button(ui, "save", row.cut_right(36), Icon::save, {}, Look::quiet, words().save_picture)) {
    save_picture(ui);
  }
  if (psnr_ <= 0) return;
  label(ui, ui.fonts.strong, row, ui.theme->text,
        !std::isfinite(psnr_) ? std::string(words().psnr_same)
                              : fmt::format(fmt::runtime(words().psnr), psnr_));
}

// --- The code ---

/// Large, two digits a byte; each pair is a step. Returns the height; draws where that is asked
/// for.
float DdcmLab::draw_uuid(Ui& ui, Box area, bool draw) {
  const Theme& theme = *ui.theme;
  const float digit = std::max(text_size(ui.fonts.large, "0").x, text_size(ui.fonts.large, "d").x);
  const float height = 36;
  float x = 0;
  float y = 0;
  const float dash = digit * 0.72F;
  size_t byte = 0;
  const float whole = 32 * digit + 4 * dash;
  for (size_t i = 0; i < written_.text.size();) {
    if (written_.text[i] == '-') {
      if (draw) {
        label(ui, ui.fonts.large, {area.x + x, area.y + y, dash, height}, theme.faint, "-",
              Align::centre);
      }
      x += dash;
      ++i;
      if (whole > area.w && i == 19) {  // two lines on a phone
        x = 0;
        y += height;
      }
      continue;
    }
    const Box pair{area.x + x, area.y + y, 2 * digit, height};
    if (draw) draw_uuid_byte(ui, pair, static_cast<int>(byte), digit);
    x += 2 * digit;
    i += 2;
    ++byte;
  }
  return y + height;
}

void DdcmLab::draw_uuid_byte(Ui& ui, Box pair, int byte, float digit) {
  const Theme& theme = *ui.theme;
  const Touch touched = touch(ui, fmt::format("uuid.{}", byte).c_str(), pair, 4);
  describe(
      ui, {.label = fmt::format("{}. {:02x}", byte + 1, written_.file[static_cast<size_t>(byte)])});
  const bool lit = touched.hovered || hovered_step_ == byte;
  if (touched.hovered) next_hovered_step_ = byte;
  if (lit) ui.draw().AddRectFilled(pair.min(), pair.max(), theme.accent_soft, 5);
  const bool past = byte < shown_step() || state_.time >= 1;
  const auto at = written_.text.begin();
  const size_t dashes = byte >= 10 ? 4 : byte >= 8 ? 3 : byte >= 6 ? 2 : byte >= 4 ? 1 : 0;
  for (size_t k = 0; k < 2; ++k) {
    const char c = *(at + static_cast<std::ptrdiff_t>(2 * static_cast<size_t>(byte) + dashes + k));
    label(ui, ui.fonts.large, {pair.x + digit * static_cast<float>(k), pair.y, digit, pair.h},
          lit    ? theme.accent
          : past ? theme.text
                 : theme.faint,
          std::string_view(&c, 1), Align::centre);
  }
  hint(ui, touched, words().change_byte);
  if (!touched.pressed) return;
  models::Uuid uuid = models::parse_uuid(written_.text);
  auto& value = uuid[static_cast<size_t>(byte)];
  value = static_cast<std::byte>(std::to_integer<unsigned>(value) * 5 + 77);  // visits all 256
  choose_code(models::uuid_text(uuid));
}

/// The code as text, and what can be done with it. Returns the height used.
float DdcmLab::draw_code(Ui& ui, Box area, bool narrow) {
  const Theme& theme = *ui.theme;
  const bool known = !written_.text.empty();
  const float inner = area.w - 2 * pad;
  constexpr float line = 21;
  std::vector<std::string_view> lines;
  if (known && !written_.uuid) {
    const auto a_line = static_cast<size_t>(inner / text_size(ui.fonts.text, "W").x * 1.42F);
    for (std::string_view rest = written_.text; !rest.empty() && lines.size() < 5;) {
      lines.push_back(rest.substr(0, a_line));
      rest.remove_prefix(lines.back().size());
    }
  }
  const float code_height = !known          ? 36
                            : written_.uuid ? draw_uuid(ui, {area.x, area.y, inner, 0}, false)
                                            : line * static_cast<float>(lines.size());
  const float buttons = narrow ? 2 * 40.0F : 0.0F;
  const Box whole{area.x, area.y, area.w, 2 * 14 + 36 + 4 + code_height + buttons};
  card(ui, whole);
  ui.boxes.emplace_back("code", whole);
  Box rest = whole.inset(pad, 14);
  Box head = rest.cut_top(36);
  if (!narrow) draw_code_buttons(ui, head.cut_right(std::min(inner * 0.62F, 496.0F)), 4);
  const std::string title = !known ? std::string(words().code_waiting)
                            : written_.uuid
                                ? std::string(words().uuid_title)
                                : fmt::format(fmt::runtime(words().code_title), written_.bytes,
                                              written_.file_bytes - written_.bytes);
  label(ui, ui.fonts.strong, head, theme.muted, title);
  rest.cut_top(4);
  Box said = rest.cut_top(code_height);
  if (written_.uuid) draw_uuid(ui, said, true);
  for (const std::string_view row : lines) {
    label(ui, ui.fonts.text, said.cut_top(line), theme.text, row);
  }
  if (narrow) {
    rest.cut_top(6);
    draw_code_buttons(ui, rest.cut_top(34), 2);
    rest.cut_top(4);
    draw_code_buttons(ui, rest.cut_top(34), -2);
  }
  return whole.h;
}

/// The first `count` of four buttons; with a minus the last ones.
void DdcmLab::draw_code_buttons(Ui& ui, Box row, int count) {
  const int all = std::abs(count);
  const auto place = [&](int i) { return row.column(count < 0 ? i - 2 : i, all, 6); };
  if (count > 0) {
    if (button(ui, "copy.code", place(0), Icon::pages, words().copy_code, Look::plain)) {
      copy_code(ui, false);
    }
    if (button(ui, "paste.code", place(1), Icon::paste, words().paste_code, Look::plain)) {
      paste_code(ui);
    }
  }
  if (all == 2 && count > 0) return;
  if (button(ui, "copy.link", place(2), Icon::copy, words().copy_link, Look::plain)) {
    copy_code(ui, true);
  }
  if (button(ui, "save.code", place(3), Icon::save, words().save_code, Look::plain)) {
    save_code(ui);
  }
}

/// The picture, its way, what its bytes make of it, and what is missing; of a code that is read
/// only the way. Returns the height used.
float DdcmLab::draw_coding(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const bool reading = state_.source == ddcm::Source::code;
  const size_t bytes = written_.run > 0 ? written_.bytes : static_cast<size_t>(state_.bytes);
  const Shown source{ddcm::source_slot, "picture.source", words().source};
  const Shown place{ddcm::place_slot, "picture.place", words().place};
  const Shown belief{ddcm::belief_slot, "picture.belief",
                     fmt::format(fmt::runtime(words().belief), bytes)};
  const Shown residual{ddcm::residual_slot, "picture.residual", words().residual};
  if (narrow) {
    const float room = (area.w - 12) / 2;
    const float cell = crisp_side(side(), std::min(room, largest_cell));
    const std::array first = {reading ? place : source, belief};
    area.cut_top(draw_row(ui, area, first, cell, room + 12, true));
    draw_time(ui, area.cut_top(40));
    if (editor_.is_open()) area.cut_top(draw_palette(ui, area) + 8);
    area.cut_top(draw_code(ui, area, true) + gap);
    const std::array second = {place, residual};
    if (!reading) area.cut_top(draw_row(ui, area, second, cell, room + 12, true) - 20);
    return area.y + draw_strip(ui, area, true) - top;
  }
  const std::vector<FormulaLine> lines = formulas();
  const float others = 325 + caption + explanation_height(ui, explanation(lines), area.w);
  const float room = std::min({(area.w - 60) / 4, largest_cell, std::max(160.0F, area.h - others)});
  const float cell = crisp_side(side(), room);
  const std::array all = {source, place, belief, residual};
  const std::span<const Shown> shown = reading ? std::span(all).subspan(1, 2) : std::span(all);
  area.cut_top(draw_row(ui, area, shown, cell, cell + 20, false));
  if (editor_.is_open()) area.cut_top(draw_palette(ui, area) + 8);
  area.cut_top(4);
  area.cut_top(draw_code(ui, area, false) + gap);
  return area.y + draw_strip(ui, area, false) - top;
}

// --- Words and formulas ---

std::vector<FormulaLine> DdcmLab::formulas() const {
  const bool plane = state_.view == ddcm::View::plane;
  const FormulaLine step{words().step_label,
                         plane ? words::formulas::ddcm::plane : words::formulas::ddcm::step};
  const auto choice = [&](size_t i) {
    return FormulaLine{words().choice_label, words::formulas::ddcm::choice[i]};
  };
  if (plane) {
    if (state_.plane == ddcm::PlaneChoice::random)
      return {step, {words().choice_label, words::formulas::ddcm::random}};
    return {step, choice(static_cast<size_t>(state_.plane) - 1)};
  }
  if (state_.view == ddcm::View::restore) {
    const auto damage = static_cast<size_t>(measurement().damage);
    return {step, {words().pull_label, words::formulas::ddcm::pull[damage]}};
  }
  if (state_.source == ddcm::Source::code)
    return {step, {words().choice_label, words::formulas::ddcm::read}};
  const auto form = static_cast<size_t>(state_.details.form);
  const FormulaLine chosen =
      form == 0 ? choice(static_cast<size_t>(state_.choice))
                : FormulaLine{words().choice_label, words::formulas::ddcm::form[form - 1]};
  return {step, chosen, {words().bits_label, words::formulas::ddcm::bits[form]}};
}

Explanation DdcmLab::explanation(std::span<const FormulaLine> lines) const {
  if (state_.view == ddcm::View::plane) {
    return {words().plane_text[static_cast<size_t>(state_.plane)], words().plane_seen, lines};
  }
  if (state_.view == ddcm::View::restore) {
    return {words().restore_text, words().task_text[static_cast<size_t>(state_.task)], lines};
  }
  if (state_.source == ddcm::Source::code) return {words().read_text, words().read_seen, lines};
  return {words().code_text, words().form_text[static_cast<size_t>(state_.details.form)], lines};
}

// --- Layouts ---

/// Returns the height used.
float DdcmLab::draw_main(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const auto& names = narrow ? words().views_short : words().views;
  const std::vector<std::string> views(names.begin(), names.end());
  const Box bar = area.cut_top(view_bar_height);
  int view = static_cast<int>(state_.view);
  if (segments(ui, "view", {bar.x, bar.y, std::min(bar.w, 450.0F), 38}, views, &view)) {
    choose_view(static_cast<ddcm::View>(view));
  }
  const float left = std::min(bar.w, 450.0F) + 20;
  if (bar.w - left > 320) {
    label(ui, ui.fonts.title, {bar.x + left, bar.y, bar.w - left, 38}, ui.theme->text,
          words().taglines[static_cast<size_t>(state_.view)]);
  }
  const float used = state_.view == ddcm::View::code      ? draw_coding(ui, area, narrow)
                     : state_.view == ddcm::View::restore ? draw_restoring(ui, area, narrow)
                                                          : draw_walks(ui, area, narrow);
  area.cut_top(used + gap);
  area.h = 0;
  const std::vector<FormulaLine> lines = formulas();
  return area.y + draw_explanation(ui, explanation(lines), area) - top;
}

}  // namespace rivulet::ui

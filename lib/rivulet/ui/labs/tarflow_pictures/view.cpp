// The samples, one of them looked at closely, the words below; wide and on a phone.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/tarflow_pictures/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float view_bar_height = 50;
constexpr float detail_width = 300;
constexpr float blocks_width = 224;
constexpr float cell_space = 6;
constexpr float pad = 16;
constexpr float sign_width = 14;  ///< of the plus and the equals sign between pictures
constexpr float views_width = 330;
constexpr float least_canvas = 500;

}  // namespace

/// How far the model's file has come, or the pictures are.
void TarflowPicturesLab::draw_progress(Ui& ui, Box row) {
  const Theme& theme = *ui.theme;
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  label(ui, ui.fonts.strong, row, theme.text,
        fmt::format(fmt::runtime(words().grid_caption), count_));
  if (ready()) {
    if (sheet.stage == tarflow_pictures::Sheet::Stage::denoising) {
      label(ui, ui.fonts.small, row, theme.muted,
            fmt::format(fmt::runtime(words().denoising_caption), sheet.denoised(), sheet.count),
            Align::right);
    }
    return;
  }
  if (!trouble().empty()) return;
  draw_loading(ui, row, frame.files.find(weights_name()), theme.accent);
}

/// Over pictures that cannot be shown: why, and another try.
void TarflowPicturesLab::draw_trouble(Ui& ui, Box box) {
  const std::string wrong = trouble();
  if (!draw_load_trouble(ui, box.inset(-6), wrong.empty() ? engine_->error() : wrong)) return;
  try_again();
  engine_->retry();
}

/// Four pictures in a row. Returns the height used.
float TarflowPicturesLab::draw_grid(Ui& ui, Box box, bool narrow) {
  const float top = box.y;
  const int columns = 4;
  const int rows = (count_ + columns - 1) / columns;
  Box head = box.cut_top(caption_height);
  box.cut_top(4);
  const auto room = [](float width, int n) {
    return (width - cell_space * static_cast<float>(n - 1)) / static_cast<float>(n);
  };
  const float wide = room(box.w, columns);
  const float cell = crisp_side(side(), narrow ? wide : std::min(wide, room(box.h, rows)));
  const float pitch = cell + cell_space;
  const Box pictures{box.x, box.y, pitch * static_cast<float>(columns) - cell_space,
                     pitch * static_cast<float>(rows) - cell_space};
  head.w = pictures.w;
  draw_progress(ui, head);
  for (int k = 0; k < count_; ++k) {
    const Box place{pictures.x + pitch * static_cast<float>(k % columns),
                    pictures.y + pitch * static_cast<float>(k / columns), cell, cell};
    const Touch touched = touch(ui, fmt::format("grid.{}", k).c_str(), place, 4);
    describe_picture(ui, k, k == state_.chosen);
    atlas_.draw(ui, tarflow_pictures::grid_slot + k, place);
    const bool chosen = k == state_.chosen;
    if (chosen || touched.hovered) {
      const Box ring = place.inset(-2.5F);
      ui.draw().AddRect(ring.min(), ring.max(), chosen ? ui.theme->accent : ui.theme->faint, 3, 0,
                        chosen ? 2.5F : 1.5F);
    }
    if (touched.pressed) state_.chosen = k;
  }
  ui.boxes.emplace_back("pictures", pictures);
  draw_trouble(ui, pictures);
  return pictures.y + pictures.h - top;
}

/// What was sampled, plus where the density rises, is the picture without noise.
void TarflowPicturesLab::draw_sum(Ui& ui, Box row, float cell) {
  const Theme& theme = *ui.theme;
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  const bool known = sheet.run > 0 && state_.chosen < sheet.denoised();
  struct Term {
    int slot;
    const char* name;
    const char* said;
    const char* sign;  // before it
  };
  const std::array<Term, 3> terms = {
      {{tarflow_pictures::raw_slot, "picture.raw", words().sampled, ""},
       {tarflow_pictures::score_slot, "picture.score", words().score, "+"},
       {tarflow_pictures::clean_slot, "picture.clean", words().denoised, "="}}};
  for (const Term& term : terms) {
    const bool first = term.slot == tarflow_pictures::raw_slot;
    if (!first) {
      const Box sign = row.cut_left(sign_width);
      label(ui, ui.fonts.strong, {sign.x, sign.y, sign.w, cell}, theme.muted, term.sign,
            Align::centre);
    }
    const Box place = row.cut_left(cell);
    const Box picture{place.x, place.y, cell, cell};
    ui.draw().AddRectFilled(picture.min(), picture.max(), theme.inset);
    ui.boxes.emplace_back(term.name, picture);
    if (picture.contains(ImGui::GetIO().MousePos) && !first) ui.next_highlight = "denoise";
    const bool lit = !first && ui.highlight == "denoise";
    if (first || known) atlas_.draw(ui, term.slot, picture);
    label(ui, ui.fonts.small, {place.x - 6, place.y + cell + 2, cell + 12, 20},
          lit ? theme.accent : theme.muted, term.said, Align::centre);
  }
}

/// One sample, looked at closely. Returns the card's height.
float TarflowPicturesLab::draw_detail(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  // Drawn behind what is yet to be measured: the second channel is the content.
  ImDrawList& draw = ui.draw();
  draw.ChannelsSplit(2);
  draw.ChannelsSetCurrent(1);
  Box rest = box.inset(pad, 0);
  rest.y += pad;
  Box head = rest.cut_top(28);
  const auto turn = [&](const char* name, Icon icon, int by, const char* tip) {
    if (!button(ui, name, head.cut_right(30), icon, {}, Look::quiet, tip)) return;
    state_.chosen = (state_.chosen + by + count_) % count_;
  };
  turn("picture.next", Icon::right, 1, words().picture_on);
  turn("picture.back", Icon::left, -1, words().picture_back);
  label(ui, ui.fonts.strong, head, theme.text,
        fmt::format(fmt::runtime(words().picture), state_.chosen + 1));
  rest.cut_top(8);
  const float cell = crisp_side(side(), std::min(112.0F, (rest.w - 2 * sign_width) / 3));
  draw_sum(ui, rest.cut_top(cell), cell);
  rest.cut_top(30);
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  const tarflow_pictures::Likelihood& likelihood = engine_->likelihood();
  const bool known = sheet.run > 0 && state_.chosen < sheet.denoised();
  const float nats = known ? sheet.nats[static_cast<size_t>(state_.chosen)] : 0;
  const std::array<Mark, 1> mark = {
      {{.value = nats, .color = theme.accent, .words = words().sampled, .large = true}}};
  const bool comparable = !likelihood.values.empty() && !likelihood.bits;
  const Box plot = rest.cut_top(92);
  if (comparable) draw_histogram(ui, plot, std::span(mark).first(known ? 1 : 0), true);
  rest.cut_top(6);
  const std::string said = known && comparable ? fmt::format(fmt::runtime(words().scored), nats,
                                                             words().units[0], rank_text(nats))
                                               : std::string();
  const float lines =
      std::max(text_size(ui.fonts.small, said, rest.w).y, 2 * text_size(ui.fonts.small, " ").y);
  text(ui, ui.fonts.small, rest.min(), theme.muted, said, rest.w);
  rest.cut_top(lines + 12);
  Box row = rest.cut_top(38);
  if (button(ui, "save", row.cut_right(44), Icon::save, {}, Look::plain, words().save)) {
    save(ui, fmt::format("-picture-{}", state_.chosen + 1), sample_values(state_.chosen), 1);
  }
  row.cut_right(8);
  if (button(ui, "invert", row, Icon::restart, words().invert_it, Look::plain,
             words().invert_hint)) {
    invert_sample();
  }
  const Box whole{box.x, box.y, box.w, rest.y + pad - box.y};
  draw.ChannelsSetCurrent(0);
  card(ui, whole);
  draw.ChannelsMerge();
  ui.boxes.emplace_back("detail", whole);
  return whole.h;
}

float TarflowPicturesLab::draw_samples(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  if (narrow) {
    area.cut_top(draw_grid(ui, area, true) + 12);
    area.cut_top(draw_blocks(ui, area, true) + 14);
    return area.y + draw_detail(ui, area) - top;
  }
  const Box detail = area.cut_right(detail_width);
  area.cut_right(gap + 4);
  Box left = area;
  left.w = area.w - blocks_width - 20;
  const float grid = draw_grid(ui, left, false);
  const float room = left.w;
  const auto cells = [&](float height) {  // as draw_grid lays them out
    return std::min((room - 3 * cell_space) / 4, (height - 3 * cell_space) / 4);
  };
  const float cell = crisp_side(side(), cells(area.h - caption_height - 4));
  area.cut_left(4 * cell + 3 * cell_space + 24);
  const float blocks = draw_blocks(ui, area, false);
  return std::max({grid, blocks, draw_detail(ui, detail)});
}

// --- Words and formulas ---

const models::TarflowModel& TarflowPicturesLab::model_in_sight() const {
  static const models::TarflowModel none;
  const tarflow_pictures::Card& card = judges_bytes() ? engine_->exact_card() : engine_->card();
  return card.good() ? card.model : none;
}

std::vector<FormulaLine> TarflowPicturesLab::formulas() const {
  const FormulaLine way{
      words().way_label,
      words::formulas::tarflow_pictures::way[static_cast<size_t>(state_.request.method)]};
  const FormulaLine guide{
      words().guidance_label,
      words::formulas::tarflow_pictures::guidance[static_cast<size_t>(state_.request.form)]};
  std::vector<FormulaLine> lines;
  if (state_.view == View::sample) {
    lines = {{words().noise_label, words::formulas::tarflow_pictures::noise}, way};
    if (state_.request.guidance > 1) lines.push_back(guide);
    lines.push_back({words().denoise_label, words::formulas::tarflow_pictures::denoise});
  } else if (state_.view == View::latent) {
    lines = {{words().forth_label, words::formulas::tarflow_pictures::forth},
             {words().edit_label, words::formulas::tarflow_pictures::edit},
             way};
    if (state_.request.guidance > 1) lines.push_back(guide);
  } else {
    lines = {{words().forth_label, words::formulas::tarflow_pictures::forth},
             {words().density_label, words::formulas::tarflow_pictures::density}};
    if (state_.bits) lines.push_back({words().bits_label, words::formulas::tarflow_pictures::bits});
  }
  const models::TarflowModel& model = model_in_sight();
  if (model.coupling == nn::Coupling::triangular) {
    lines.push_back({words().within_label, words::formulas::tarflow_pictures::within});
  }
  if (model.tone == models::Tone::logarithmic) {
    lines.push_back({words().tone_label, words::formulas::tarflow_pictures::tone});
  }
  return lines;
}

Explanation TarflowPicturesLab::explanation(std::span<const FormulaLine> lines) const {
  if (state_.view == View::latent) return {words().latent_text, words().latent_seen, lines};
  if (state_.view == View::likelihood) {
    return {words().likelihood_text, words().disguise_text[static_cast<size_t>(state_.disguise)],
            lines};
  }
  return {words().method_text[static_cast<size_t>(state_.request.method)],
          state_.request.guidance > 1 ? words().guidance_seen : words().sample_seen, lines};
}

// --- Layouts ---

/// Returns the height used.
float TarflowPicturesLab::draw_main(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const std::vector<FormulaLine> lines = formulas();
  const float below = explanation_height(ui, explanation(lines), area.w);
  const std::vector<std::string> views(words().views.begin(), words().views.end());
  const Box bar = area.cut_top(view_bar_height);
  int view = static_cast<int>(state_.view);
  const Box strip{bar.x, bar.y, std::min(bar.w, views_width), 38};
  if (segments(ui, "view", strip, views, &view)) choose_view(static_cast<View>(view));
  const float left = strip.w + 20;
  if (bar.w - left > 320) {
    label(ui, ui.fonts.title, {bar.x + left, bar.y, bar.w - left, 38}, ui.theme->text,
          words().taglines[static_cast<size_t>(state_.view)]);
  }
  Box canvas = area;
  canvas.h = std::max(least_canvas, area.h - below - gap);
  const float used = state_.view == View::sample   ? draw_samples(ui, canvas, narrow)
                     : state_.view == View::latent ? draw_latent(ui, canvas, narrow)
                                                   : draw_likelihood(ui, canvas, narrow);
  area.cut_top(used + gap);
  area.h = 0;
  return area.y + draw_explanation(ui, explanation(lines), area) - top;
}

}  // namespace rivulet::ui

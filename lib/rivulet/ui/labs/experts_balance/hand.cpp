// The visitor as the router: tokens before experts that no longer learn.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "rivulet/ui/labs/experts_balance/lab.h"

namespace rivulet::ui {
namespace {

using experts_balance::Hand;

constexpr float most_pitch = 32;  // of chips in a basket
constexpr float least_pitch = 12;
constexpr float held_radius = 13;
constexpr float arrow_scale = 0.3F;  // of velocities, in the plane

bool uses(uint32_t experts, int i) { return (experts >> i & 1U) != 0; }

float distance(ImVec2 a, ImVec2 b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// Rows of chips in a basket, from below: as large as `most` of them can be.
struct Rows {
  Box basket;
  int columns = 1;
  float pitch = most_pitch;

  Rows(Box of, int most) : basket(of.inset(3, 0)) {
    basket.cut_top(8);
    basket.cut_bottom(5);
    for (;; pitch -= 1) {
      columns = std::max(1, static_cast<int>(basket.w / pitch));
      const int rows = static_cast<int>(basket.h / pitch);
      if (pitch <= least_pitch || (pitch <= basket.w && rows * columns >= most)) return;
    }
  }
  [[nodiscard]] Box place(int i) const {
    const float left = basket.x + (basket.w - static_cast<float>(columns) * pitch) / 2;
    return {left + static_cast<float>(i % columns) * pitch + 1.5F,
            basket.y + basket.h - static_cast<float>(i / columns + 1) * pitch + 1.5F, pitch - 3,
            pitch - 3};
  }
};

}  // namespace

ImVec2 ExpertsBalanceLab::token_at(const Plane& plane, int token) const {
  const std::vector<float>& xy = engine_->hand().xy;
  const auto at = static_cast<size_t>(2 * token);
  return plane.screen(xy[at], xy[at + 1]);
}

/// What a token would use if what is held were dropped where the pointer is.
uint32_t ExpertsBalanceLab::choice_if_dropped(int token) const {
  const uint32_t now = choices_[static_cast<size_t>(token)];
  if (dragged_.token != token || over_ < 0 || uses(now, over_)) return now;
  return (now & ~(1U << dragged_.expert)) | 1U << over_;
}

/// Tokens, the velocity that is right and what their experts make of it.
void ExpertsBalanceLab::draw_tokens(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  label(ui, ui.fonts.strong, caption, theme.text, words().hand_title);
  begin_layer("tokens.layer", plane.box);
  begin_plane(ui, plane, true);
  on_plane_ = touch(ui, "tokens", plane.box);
  describe(ui, {.label = ui.words->common.plane});
  maps_.draw(ui, state_.hand_side, plane.box.inset(1), faded(IM_COL32_WHITE, 0.45F));
  const Hand& hand = engine_->hand();
  const auto arrow = [&](int token, data::Point v, ImU32 color, float width) {
    const auto at = static_cast<size_t>(2 * token);
    ui.draw().AddLine(
        token_at(plane, token),
        plane.screen(hand.xy[at] + arrow_scale * v.x, hand.xy[at + 1] + arrow_scale * v.y), color,
        width);
  };
  for (int token = 0; token < hand.tokens() && dealt(); ++token) {
    const auto at = static_cast<size_t>(2 * token);
    const uint32_t experts = choice_if_dropped(token);
    const bool lit = touched_.token == token || dragged_.token == token;
    arrow(token, {hand.truth[at], hand.truth[at + 1]}, faded(theme.text, lit ? 0.9F : 0.4F), 2);
    arrow(token, velocity_by(hand, token, experts), lit ? theme.error : faded(theme.error, 0.8F),
          lit ? 3.0F : 2.0F);
    const ImVec2 centre = token_at(plane, token);
    const int first = experts == 0 ? 0 : std::countr_zero(experts);
    ui.draw().AddCircleFilled(centre, lit ? 9.0F : 7.0F, theme.card, 20);
    ui.draw().AddCircleFilled(centre, lit ? 7.5F : 5.5F, category(theme, first), 20);
  }
  end_plane(ui);
  end_layer();
  tokens_plane_ = plane;
  Box key = {box.x, box.y + 2, box.w, 20};
  const auto name = [&](ImU32 color, const char* said) {
    ui.draw().AddLine({key.x, key.centre().y}, {key.x + 18, key.centre().y}, color, 2.5F);
    key.cut_left(24);
    label(ui, ui.fonts.small, key, theme.muted, said);
    key.cut_left(std::min(key.w, text_size(ui.fonts.small, said).x + 18));
  };
  name(faded(theme.text, 0.6F), words().truth);
  name(theme.error, words().said);
}

/// A basket an expert; rings are the places of an even share.
void ExpertsBalanceLab::draw_baskets(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const Box caption = box.cut_top(caption_height);
  label(ui, ui.fonts.strong, caption, theme.text, words().basket_title);
  label(ui, ui.fonts.small, caption, theme.muted, words().baskets_hint, Align::right);
  on_baskets_ = touch(ui, "baskets", box);
  describe(ui, {.label = ui.words->common.plot});
  const Hand& hand = engine_->hand();
  baskets_.clear();
  chips_.clear();
  if (!dealt()) return;
  const int even = (hand.tokens() * hand.k + hand.n - 1) / hand.n;
  const int most = std::max(even, std::ranges::max(experts_balance::loads_of(choices_, hand.n)));
  for (int expert = 0; expert < hand.n; ++expert) {
    const Box basket = box.column(expert, hand.n, 5);
    baskets_.push_back(basket);
    const bool over = over_ == expert && dragged_.token >= 0;
    card(ui, basket);
    ui.draw().AddRectFilled(basket.min(), {basket.x + basket.w, basket.y + 5},
                            category(theme, expert), 3);
    if (over) ui.draw().AddRect(basket.min(), basket.max(), theme.accent, corner, 0, 2);
    ui.boxes.emplace_back(fmt::format("basket.{}", expert), basket);
    const Rows rows(basket, most);
    const float radius = rows.pitch / 2 - 1.5F;
    for (int i = 0; i < even; ++i) {
      ui.draw().AddCircle(rows.place(i).centre(), radius - 1, faded(category(theme, expert), 0.6F),
                          20, 1.2F);
    }
    int filled = 0;
    for (int token = 0; token < hand.tokens(); ++token) {
      if (!uses(choices_[static_cast<size_t>(token)], expert)) continue;
      const Box place = rows.place(filled++);
      chips_.emplace_back(Grip{token, expert}, place);
      const bool held = dragged_.token == token && dragged_.expert == expert;
      const bool own = !uses(hand.router[static_cast<size_t>(token)], expert);
      ui.draw().AddCircleFilled(place.centre(), radius,
                                faded(category(theme, expert), held ? 0.25F : 1.0F), 20);
      if (own || touched_.token == token) {
        ui.draw().AddCircle(place.centre(), radius + 1, theme.text, 20, 2);
      }
    }
  }
}

/// What is under the pointer: a chip, or a token of the plane, by its first expert.
ExpertsBalanceLab::Grip ExpertsBalanceLab::grip_at(ImVec2 at) const {
  for (const auto& [grip, box] : chips_) {
    if (box.inset(-2).contains(at)) return grip;
  }
  Grip found;
  float least = 14;
  for (int token = 0; token < engine_->hand().tokens(); ++token) {
    const float away = distance(token_at(tokens_plane_, token), at);
    const uint32_t experts = choices_[static_cast<size_t>(token)];
    if (away >= least || experts == 0) continue;
    least = away;
    found = {token, std::countr_zero(experts)};
  }
  return found;
}

/// Press upon a token, drop it into a basket.
void ExpertsBalanceLab::drag_tokens(Ui& ui) {
  if (!dealt()) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  over_ = -1;
  for (size_t i = 0; i < baskets_.size(); ++i) {
    if (baskets_[i].contains(mouse)) over_ = static_cast<int>(i);
  }
  const bool hovered = on_plane_.hovered || on_baskets_.hovered;
  const bool down = (on_plane_.held || on_baskets_.held) && ImGui::IsMouseDown(0);
  touched_ = hovered || down ? grip_at(mouse) : Grip{};
  if (hovered && touched_.token < 0 && dragged_.token < 0) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_Arrow);
  }
  if (down && ImGui::IsMouseClicked(0)) dragged_ = touched_;
  if (dragged_.token < 0) return;
  if (down) {
    ui.grabbed = true;
    draw_dragged(ui);
    return;
  }
  choices_[static_cast<size_t>(dragged_.token)] = choice_if_dropped(dragged_.token);
  scores_[0] = score_of(engine_->hand(), choices_);
  dragged_ = {};
}

/// What is held, and what becomes of its loss.
void ExpertsBalanceLab::draw_dragged(const Ui& ui) const {
  const Hand& hand = engine_->hand();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  const int expert = over_ >= 0 ? over_ : dragged_.expert;
  draw.AddCircleFilled(mouse, held_radius, category(*ui.theme, expert), 24);
  draw.AddCircle(mouse, held_radius, ui.theme->text, 24, 2);
  const float now = loss_by(hand, dragged_.token, choices_[static_cast<size_t>(dragged_.token)]);
  const float then = loss_by(hand, dragged_.token, choice_if_dropped(dragged_.token));
  const std::string said =
      now == then ? fmt::format("{:.3f}", now) : fmt::format("{:.3f} → {:.3f}", now, then);
  const ImVec2 size = text_size(ui.fonts.strong, said);
  const ImVec2 at{mouse.x - size.x / 2, mouse.y - held_radius - 10 - size.y};
  draw.AddRectFilled({at.x - 7, at.y - 3}, {at.x + size.x + 7, at.y + size.y + 3}, ui.theme->card,
                     6);
  draw_text(draw, ui.fonts.strong, at,
            now == then  ? ui.theme->muted
            : then < now ? ui.theme->accent
                         : ui.theme->error,
            said, 0);
}

/// You, the router, and what is best with and without balance.
void ExpertsBalanceLab::draw_scores(Ui& ui, Box box) {
  card(ui, box);
  if (!dealt()) return;
  Box inner = box.inset(14, 10);
  const float row = inner.h / static_cast<float>(scores_.size());
  float most = 1e-6F;
  for (const experts_balance::Score& score : scores_) most = std::max(most, score.loss);
  for (size_t i = 0; i < scores_.size(); ++i) {
    Box line = inner.cut_top(row);
    const ImU32 color = i == 0 ? ui.theme->accent : ui.theme->muted;
    label(ui, i == 0 ? ui.fonts.strong : ui.fonts.small,
          line.cut_left(std::min(100.0F, line.w * 0.3F)), color, words().scores[i]);
    label(ui, ui.fonts.small, line.cut_right(92), color,
          fmt::format(fmt::runtime(words().score_violation), scores_[i].violation), Align::right);
    label(ui, ui.fonts.small, line.cut_right(92), color,
          fmt::format(fmt::runtime(words().score_loss), scores_[i].loss), Align::right);
    line = line.inset(4, std::max(0.0F, line.h / 2 - 4));
    ui.draw().AddRectFilled(line.min(), {line.x + line.w * scores_[i].loss / most, line.y + line.h},
                            faded(color, 0.7F), 3);
  }
}

/// Whose experts they are; back to the router's choice, or to the best even one.
void ExpertsBalanceLab::draw_hand_bar(Ui& ui, Box row) {
  std::vector<std::string> names;
  names.reserve(experts_balance::sides);
  for (int side = 0; side < experts_balance::sides; ++side) {
    names.emplace_back(words().remedies[static_cast<size_t>(remedy(side))]);
  }
  const float width = (row.w - 16) * 0.29F;  // of a button
  segments(ui, "side", row.cut_left(row.w - 2 * width - 16), names, &state_.hand_side);
  row.cut_left(8);
  const auto take = [&](const experts_balance::Choices& choices) {
    choices_ = choices;
    scores_[0] = score_of(engine_->hand(), choices_);
  };
  if (button(ui, "again", row.cut_left(width), Icon::none, words().again, Look::plain) && dealt()) {
    take(engine_->hand().router);
  }
  row.cut_left(8);
  if (button(ui, "even", row, Icon::none, words().take_even, Look::plain) && dealt()) take(even_);
}

}  // namespace rivulet::ui

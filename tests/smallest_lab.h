// The smallest lab there can be: the recipe "add a lab" of lib/README.md, compiled. A real one has
// each of these parts in a folder of its own and a line in ui/labs/labs.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/rows.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/plot.h"
#include "rivulet/ui/settings.h"

namespace rivulet::testing::walk {

// --- live/walk/state: its settings ---

struct State {
  int steps = 64;
  uint64_t seed = 1;
};

inline const live::rows::Table<State>& settings() {
  using namespace live::rows;
  static const Table<State> table = {
      number("steps", at(&State::steps), {1, 256},
             {.kind = Kind::dial, .over = {1, 4, 16, 64, 256}, .words = &words::Common::steps}),
      number("seed", at(&State::seed), {0, 9999})};
  return table;
}

// --- live/walk/engine: a random walk in the plane, on a thread of its own ---

struct Order {
  int steps = 0;
  uint64_t seed = 0;
  friend bool operator==(const Order&, const Order&) = default;
};

using Walk = std::vector<float>;  ///< [steps+1,2]
using Outbox = live::Outbox<Walk>;

class Walking final : public live::Worker<Order> {
 public:
  explicit Walking(Outbox& out) : out_(out) {}
  void obey(const Order& order) override {
    Walk walk(2 * static_cast<size_t>(order.steps + 1));
    Rng(order.seed, 0).normal(std::span(walk).subspan(2));
    for (size_t i = 2; i < walk.size(); ++i) walk[i] = walk[i - 2] + 0.1F * walk[i];
    out_.post(walk);
  }
  bool slice() override { return false; }

 private:
  Outbox& out_;
};

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine() : live::Engine<Order, Outbox>(tasks) {}
  [[nodiscard]] const Walk& walk() const { return get<Walk>(); }

 private:
  static std::array<Task, 1> tasks(Outbox& out) {
    return {{{.name = "walk", .share = 1, .worker = std::make_unique<Walking>(out)}}};
  }
};

// --- words/walk.h, and a table in each language ---

struct Words {
  const char* lab = "Walk";
  const char* again = "Another walk";
  const char* help_mouse = "Each step is a little noise.";
  std::array<std::array<const char*, 2>, 1> keys = {{{"N", "another walk"}}};
};
inline constexpr Words words;

// --- ui/labs/walk/lab: what it draws ---

class WalkLab {
 public:
  ui::LabFrame frame;
  static constexpr float head_height = ui::button_head;

  [[nodiscard]] live::Fields state() const { return live::rows::write("walk", settings(), state_); }
  void restore(const live::Fields& fields) { state_ = live::rows::read(settings(), fields); }
  [[nodiscard]] std::string report() const {
    return fmt::format(R"("points":{})", engine_->walk().size() / 2);
  }
  void follow_keys() {
    if (ui::pressed(ImGuiKey_N)) ++state_.seed;
  }
  void update(ui::Ui& ui) {
    engine_.ask(ui, {.steps = state_.steps, .seed = state_.seed});
    engine_.pump(ui);
  }
  void rest() {
    engine_.rest([](const Order&) { return Order{}; });
  }
  void draw_head(ui::Ui& ui, ui::Box row) {
    if (ui::button(ui, "again", row, ui::Icon::dice, words.again, ui::Look::accent)) ++state_.seed;
  }
  float draw_settings(ui::Ui& ui, ui::Box column) {
    const float top = column.y;
    ui::draw_rows(ui, column, settings(), live::rows::Part::main, state_);
    return column.y - top;
  }
  float draw_main(ui::Ui& ui, ui::Box area, bool /*narrow*/) {
    const float side = std::min(area.w, 480.0F);
    const ui::Plane plane{{area.x, area.y, side, side}};
    const Walk& walk = engine_->walk();
    ui::begin_plane(ui, plane, true);
    ui::draw_lines(ui, plane, walk, static_cast<int>(walk.size() / 2), 2, ui.theme->accent);
    ui::end_plane(ui);
    ui.boxes.emplace_back("walk", plane.box);
    return side;
  }

 private:
  State state_;
  ui::LabEngine<Engine, Order> engine_;
};

// --- its line in ui/labs/labs.cpp ---

inline ui::Lab lab() {
  return ui::make_lab<WalkLab>(
      "walk", ui::System::experts, [](const words::Words&) -> const auto& { return walk::words; });
}

}  // namespace rivulet::testing::walk

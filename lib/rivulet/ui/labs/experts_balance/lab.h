// The lab "Experts, Balance".
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/live/experts_balance/engine.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/plane_training.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace experts_balance {
using namespace live::experts_balance;
}  // namespace experts_balance

class ExpertsBalanceLab {
 public:
  LabFrame frame;
  static constexpr float head_height = training_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  bool take_file(const io::Bytes& file) { return training_.take_points(frame, state_, file); }
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest() { training_.rest(engine_); }

  // controls.cpp: the column of settings, and the bar below the planes
  void draw_head(Ui& ui, Box box) { training_.draw_head(ui, box, state_, engine_); }
  float draw_settings(Ui& ui, Box column);

  // view.cpp: where all lies on the page, and the words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  using View = experts_balance::View;
  /// A token, held by one of its experts; -1: none.
  struct Grip {
    int token = -1;
    int expert = -1;
  };

  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::ExpertsBalance& words() const { return frame.words->experts_balance; }

  // lab.cpp
  [[nodiscard]] experts_balance::Order order() const;
  void show(View view);
  void open_sketch(bool by_keys = false);
  void paint(const Ui& ui);
  void follow_hand();
  [[nodiscard]] const experts_balance::Fate& fate(int side) const;
  /// There is something of this run.
  [[nodiscard]] bool begun() const {
    return engine_->progress().run == training_.run() && engine_->progress().step > 0;
  }
  [[nodiscard]] experts_balance::Remedy remedy(int side) const {
    return state_.setup.remedies[static_cast<size_t>(side)];
  }
  [[nodiscard]] bool stands_still() const;

  // controls.cpp
  void draw_view_bar(Ui& ui, Box row);

  // maps.cpp: the plane by expert
  void draw_map(Ui& ui, Box box, int side);
  [[nodiscard]] std::vector<float> tokens_now() const;
  void draw_count_key(const Ui& ui, Box plane) const;

  // loads.cpp: bars and curves
  void draw_loads(Ui& ui, Box box, int side);
  void draw_bars(Ui& ui, Box box, int side);
  void draw_stack(Ui& ui, Box box, int side) const;
  void draw_thresholds(Ui& ui, Box box, int side);
  void draw_violation(Ui& ui, Box box);
  void draw_errors(Ui& ui, Box box);

  // hand.cpp: the visitor routes
  void draw_tokens(Ui& ui, Box box);
  void draw_baskets(Ui& ui, Box box);
  void draw_scores(Ui& ui, Box box);
  void draw_hand_bar(Ui& ui, Box row);
  void drag_tokens(Ui& ui);
  void draw_dragged(const Ui& ui) const;
  [[nodiscard]] bool dealt() const { return !choices_.empty(); }
  [[nodiscard]] Grip grip_at(ImVec2 at) const;
  [[nodiscard]] uint32_t choice_if_dropped(int token) const;
  [[nodiscard]] ImVec2 token_at(const Plane& plane, int token) const;

  // view.cpp
  float draw_wide(Ui& ui, Box area);
  float draw_narrow(Ui& ui, Box area);
  void draw_hand_wide(Ui& ui, Box box);
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;
  /// The darker the more experts, four and more alike.
  [[nodiscard]] static ImU32 count_color(const Theme& theme, int count) {
    return mixed(theme.card, theme.accent, 0.25F * static_cast<float>(std::min(count, 4)));
  }
  [[nodiscard]] ImU32 side_color(const Ui& ui, int side) const {
    return side == 0 ? ui.theme->rival : ui.theme->accent;
  }

  experts_balance::State state_;
  LabEngine<experts_balance::Engine, experts_balance::Order> engine_;
  PlaneTraining<experts_balance::State> training_;
  Playback flowing_;  // time runs by itself

  // What the eye sees.
  PictureAtlas maps_{PictureAtlas::Filter::smooth};
  struct Painted {
    uint64_t run = 0;
    int64_t step = -1;
    float time = 0;
    View view = View::experts;
    const Theme* theme = nullptr;
    friend bool operator==(const Painted&, const Painted&) = default;
  };
  std::array<Painted, experts_balance::sides> painted_;
  std::vector<float> noise_;  // [points,2]: where the target's points come from
  std::array<std::vector<float>, experts_balance::sides> bars_;

  // The visitor's routing: of the tokens that the engine dealt.
  struct Dealt {
    uint64_t run = 0;
    int side = -1;
    float time = 0;
    int64_t step = -1;
    friend bool operator==(const Dealt&, const Dealt&) = default;
  };
  Dealt dealt_;
  experts_balance::Choices choices_;
  std::array<experts_balance::Score, 4> scores_{};  // as words::ExpertsBalance::scores
  experts_balance::Choices even_;
  Touch on_plane_;
  Touch on_baskets_;
  Grip dragged_;
  Grip touched_;                             // what the pointer is upon
  int over_ = -1;                            // ... the basket
  std::vector<std::pair<Grip, Box>> chips_;  // of this frame
  std::vector<Box> baskets_;                 // by expert
  Plane tokens_plane_{};
};

}  // namespace rivulet::ui

// Plots of whatever comes: they are drawn, and drawing ends.
#include "rivulet/ui/plot.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "headless.h"

namespace {

using namespace rivulet;

std::vector<float> extremes() {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  std::vector<float> values{0, infinite, -infinite, std::numeric_limits<float>::quiet_NaN()};
  for (float value = 1e-30F; value < 1e30F; value *= 1.7F) {
    values.push_back(value);
    values.push_back(-value);
  }
  return values;
}

/// A curve that stays at `value`, and a level there.
void draw_constant(ui::Ui& ui, ui::Box page, float value, bool log_y) {
  live::Series series;
  series.add(0, value);
  series.add(std::abs(value), value);
  ui::Plot plot{.title = "values", .x_axis = {}, .curves = {}, .log_y = log_y};
  plot.curves.push_back({&series, ui.theme->text, 2, "value"});
  plot.level = value;
  plot.level_name = "level";
  (void)ui::draw_plot(ui, page, plot);
}

TEST_CASE("plot: values that no step can count from are drawn in finite time") {
  int drawn = 0;
  ui::Lab lab;
  lab.id = "plots";
  lab.title = [](const words::Words& words) { return words.common.name; };
  lab.help = [](const words::Words&) { return ui::Help{}; };
  lab.draw = [&](ui::Ui& ui, ui::Box page) {
    for (const float value : extremes()) {
      for (const bool log_y : {false, true}) draw_constant(ui, page, value, log_y);
    }
    ++drawn;
  };
  lab.rest = [] {};
  lab.give_back = [] {};
  testing::Headless visitor({std::move(lab)});
  visitor.frames(2);
  CHECK(drawn >= 2);
}

}  // namespace

// Plots of whatever comes: they are drawn, and drawing ends.
#include <doctest/doctest.h>

#include <limits>

#include "headless.h"
#include "rivulet/ui/plot.h"

namespace {

using namespace rivulet;

TEST_CASE("plot: values that no step can count from are drawn in finite time") {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  for (const float value : {0.0F, 1e-30F, 1.0F, 2e4F, -3e7F, 1e30F, infinite, -infinite,
                            std::numeric_limits<float>::quiet_NaN()}) {
    for (const bool log_y : {false, true}) {
      live::Series series;
      series.add(0, value);
      series.add(1, value);
      int drawn = 0;
      ui::Lab lab;
      lab.id = "plots";
      lab.title = [](const words::Words& words) { return words.common.name; };
      lab.help = [](const words::Words&) { return ui::Help{}; };
      lab.draw = [&](ui::Ui& ui, ui::Box page) {
        ui::Plot plot{.title = "values", .x_axis = {}, .curves = {}, .log_y = log_y};
        plot.curves.push_back({&series, ui.theme->text, 2, "value"});
        plot.level = value;
        plot.level_name = "level";
        (void)ui::draw_plot(ui, page, plot);
        ++drawn;
      };
      lab.rest = [] {};
      lab.give_back = [] {};
      testing::Headless visitor({std::move(lab)});
      visitor.frames(2);
      CHECK(drawn >= 2);
    }
  }
}

}  // namespace

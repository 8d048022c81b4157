// The lab "Experts, Geometry": what its tasks find, and what a visitor's hand does.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "frames.h"
#include "headless.h"
#include "rivulet/core/error.h"
#include "rivulet/live/experts_geometry/engine.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/live/targets.h"
#include "rivulet/ui/labs/labs.h"
#include "rivulet/ui/plot.h"

using namespace rivulet;
using live::experts_geometry::Engine;
using live::experts_geometry::Order;
using live::experts_geometry::Room;
using live::experts_geometry::State;
using models::ExpertRule;
using testing::Headless;

namespace {

State parse(const std::string& text) {
  return live::experts_geometry::read_state(live::Fields::parse(text));
}

template <class Done>
bool wait(Engine& engine, Done done) {
  return frames_until([&] { engine.update(5); }, done);
}

Order layer_order(const State& state) {
  return {.arrangement = arrangement_of(state),
          .run = 1,
          .layer = state.layer(),
          .blur = state.blur,
          .learning_rate = state.learning_rate,
          .seed = state.seed,
          .target =
              std::make_shared<const data::Target2d>(live::target_of(state.target, state.strokes)),
          .playing = true,
          .held = state.held};
}

}  // namespace

TEST_CASE("experts lab: the visitor's arrows are written down and read again") {
  const State state = parse("experts-geometry?n=2&heads=400.300.200.450");
  REQUIRE(state.heads.size() == 2);
  CHECK(state.heads[0].x == doctest::Approx(1));
  CHECK(state.heads[1].y == doctest::Approx(1.5));
  CHECK(to_fields(state).text() == "experts-geometry?n=2&heads=400.300.200.450");
  for (const char* bad :
       {"n=2&heads=400.300", "n=2&heads=400.300.200", "n=2&heads=1.2.3.601", "n=2&heads=1.2.3.-4",
        "n=2&room=space&heads=400.300.200.450", "heads=x", "n=5", "hidden=100", "target=drawn"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse(std::string("experts-geometry?") + bad), Error);
  }
  CHECK_FALSE(
      needs_restart(State{}, parse("experts-geometry?k=5&rule=best&noise=1&map=predicted")));
  for (const char* other :
       {"n=6", "blur=1", "router=relu", "hidden=48", "seed=2", "target=rings"}) {
    CHECK(needs_restart(State{}, parse(std::string("experts-geometry?") + other)));
  }
}

TEST_CASE("experts lab: every room has its vectors, and no rule is better than the best") {
  Engine engine;
  for (const char* text :
       {"experts-geometry", "experts-geometry?room=space&n=12", "experts-geometry?room=many&n=4",
        "experts-geometry?room=many&overlap=1", "experts-geometry?n=2&heads=400.300.200.450"}) {
    CAPTURE(text);
    const State state = parse(text);
    const auto wanted = arrangement_of(state);
    engine.order({.arrangement = wanted});
    REQUIRE(wait(engine, [&] { return engine.vectors().of == wanted; }));
    const auto& vectors = engine.vectors();
    const auto n = static_cast<size_t>(state.n);
    REQUIRE(vectors.seen.size() == 3 * n);
    for (const float x : vectors.seen) CHECK(std::abs(x) < 4.5F);
    const auto& best = vectors.errors[static_cast<size_t>(ExpertRule::best)];
    for (const models::ExpertErrors& rule : vectors.errors) {
      REQUIRE(rule.squared.size() == n + 1);
      CHECK(rule.relative(0) == 1);
      for (size_t k = 0; k <= n; ++k) CHECK(best.squared[k] <= rule.squared[k] + 1e-5);
    }
    const auto& longest = vectors.errors[static_cast<size_t>(ExpertRule::longest)];
    if (state.room == Room::many && state.overlap == 0) CHECK(longest.kept == best.kept);
  }
  REQUIRE(wait(engine, [&] { return engine.gap().n == 2 && engine.gap().sets >= 64; }));
}

TEST_CASE("experts lab: the longest fall behind as the vectors overlap") {
  Engine engine;
  engine.order({.arrangement = arrangement_of(State{})});
  REQUIRE(wait(engine, [&] { return engine.gap().sets >= 64; }));
  const auto& gap = engine.gap();
  const auto behind = [&](int i) {
    const auto at = static_cast<size_t>(i);
    return gap.longest[at][3] - gap.best[at][3];
  };
  CHECK(behind(0) == doctest::Approx(0));
  CHECK(behind(live::experts_geometry::overlap_count / 2) > 0.05F);
  CHECK(behind(live::experts_geometry::overlap_count - 1) >
        behind(live::experts_geometry::overlap_count / 2));
}

TEST_CASE("experts lab: a layer learns, and its router with it") {
  const State state = parse("experts-geometry?view=layer&n=4&blur=1");
  Engine engine;
  Order order = layer_order(state);
  order.playing = false;
  order.allowance = 800;
  engine.order(order);
  const auto settled = [&] {
    return engine.progress().step == 800 && engine.ranking().step == 800 &&
           engine.regions().step == 800 && engine.probe().step == 800 &&
           engine.ranking().weighed == order.weighed;
  };
  REQUIRE(wait(engine, settled));
  CHECK(engine.error() == "");
  const auto& ranking = engine.ranking();
  CHECK(ranking.last > 0.6F);
  CHECK(ranking.correlation.points().back().y == ranking.last);
  CHECK(ranking.norms.size() == 4 * live::experts_geometry::ranked_points);
  CHECK(ranking.predicted.size() == ranking.norms.size());
  for (const uint8_t block : engine.regions().norms) CHECK(block < 4);
  const auto relative = [&](ExpertRule rule) {
    return engine.ranking().errors[static_cast<size_t>(rule)].relative(2);
  };
  CHECK(relative(ExpertRule::best) <= relative(ExpertRule::longest));
  CHECK(relative(ExpertRule::router) < relative(ExpertRule::random));

  // The same weights at another place, and with the router's lengths.
  const size_t points = ranking.correlation.points().size();
  const float before = relative(ExpertRule::router);
  order.held = {-1, 1};
  order.weighed = true;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return settled() && engine.probe().at == order.held; }));
  CHECK(engine.ranking().correlation.points().size() == points);
  CHECK(relative(ExpertRule::router) != before);
  CHECK(engine.probe().vectors.seen.size() == 12);
}

TEST_CASE("experts lab: heads are dragged, plots are pressed, keys count") {
  Headless page(ui::make_labs());
  page.open("experts-geometry?n=2&heads=400.300.200.450&k=1");
  REQUIRE(page.wait([&] { return page.lab().report().find("\"n\":2,") != std::string::npos; }));
  page.frames(2);
  REQUIRE(page.find("arrows"));
  const ui::Plane plane{*page.find("arrows")};
  const auto heads = [&] { return parse(page.lab().state().text()).heads; };
  page.drag(plane.screen(1, 0), plane.screen(-2, -1));
  REQUIRE(heads().size() == 2);
  CHECK(heads()[0].x == doctest::Approx(-2).epsilon(0.02));
  CHECK(heads()[0].y == doctest::Approx(-1).epsilon(0.02));
  CHECK(heads()[1].y == doctest::Approx(1.5));
  // By keyboard: the other arrow, once the ring has come to the picture.
  page.press(ImGuiKey_H);
  for (int tabs = 0; tabs < 60 && heads()[1].y > 1.4F; ++tabs) {
    page.press(ImGuiKey_Tab);
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, true);
    page.frames(2);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_DownArrow, true);
    page.frames(4);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_DownArrow, false);
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, false);
    page.frames(2);
  }
  CHECK(heads()[0].x == doctest::Approx(-2).epsilon(0.02));
  CHECK(heads()[1].y < 1.4F);
  const std::string before = page.lab().state().text();
  page.drag(plane.screen(2, 2), plane.screen(0, 0));  // where no head is
  CHECK(page.lab().state().text() == before);

  const auto press = [&](const char* plot, float across) {
    const ui::Box box = *page.find(plot);
    page.drag({box.x + box.w * across, box.centre().y}, {box.x + box.w * across, box.centre().y});
  };
  page.open("experts-geometry?k=1");
  REQUIRE(page.wait([&] { return page.lab().report().find("\"n\":8,") != std::string::npos; }));
  page.frames(2);
  press("errors", 0.75F);
  CHECK(parse(page.lab().state().text()).k == 6);
  press("gap", 0.5F);
  CHECK(parse(page.lab().state().text()).room == Room::many);
  CHECK(parse(page.lab().state().text()).overlap == doctest::Approx(0.5).epsilon(0.05));
  page.press(ImGuiKey_4);
  CHECK(parse(page.lab().state().text()).k == 4);
  page.press(ImGuiKey_RightArrow);
  CHECK(parse(page.lab().state().text()).k == 5);
  page.frames(60);
  const float yaw = parse(page.lab().state().text()).yaw;
  const ui::Box space = *page.find("arrows");
  page.drag(space.centre(), {space.centre().x + 60, space.centre().y});
  CHECK(parse(page.lab().state().text()).yaw != doctest::Approx(yaw));

  page.press(ImGuiKey_V);
  REQUIRE(page.wait(
      [&] { return page.lab().report().find("\"correlation\":0.") != std::string::npos; }));
  const ui::Plane layer{*page.find("layer")};
  page.drag(layer.screen(1, 1), layer.screen(-1, 2));
  CHECK(parse(page.lab().state().text()).held.x == doctest::Approx(-1).epsilon(0.02));
  CHECK(parse(page.lab().state().text()).held.y == doctest::Approx(2).epsilon(0.02));
}

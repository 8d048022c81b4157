// The lab "Distillation, 2-D" without its window: settings as text, and what its tasks find.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "rivulet/core/error.h"
#include "rivulet/live/distill2d/engine.h"
#include "rivulet/metrics/points.h"
#include "rivulet/models/distill_gaussian.h"

using namespace rivulet;
namespace lab = live::distill2d;
using lab::Way;

namespace {

lab::State parse(const std::string& text) {
  return lab::read_state(live::Fields::parse("distill2d?" + text));
}

lab::Setup small(Way left, Way right) {
  return {.ways = {left, right}, .width = 24, .batch = 64, .learning_rate = 2e-3F};
}

lab::Order order_of(const lab::Setup& setup, int64_t steps, uint64_t run = 1) {
  return {.run = run,
          .setup = setup,
          .target = std::make_shared<const data::Target2d>(data::Shape2d::two_moons),
          .playing = false,
          .allowance = steps,
          .level = 0.5F};
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(lab::Engine& engine, Ready ready) {
  for (int i = 0; i < 10000; ++i) {
    engine.update(8);
    if (!engine.error().empty()) return false;
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

/// Trained for so many steps, and all of it shown.
void finish(lab::Engine& engine, const lab::Order& order) {
  engine.order(order);
  const auto done = [&](const auto& of) {
    return of.run == order.run && of.step == order.allowance;
  };
  REQUIRE(wait(engine, [&] {
    return done(engine.progress()) && done(engine.scores()) && done(engine.panel(0)) &&
           done(engine.panel(1)) && engine.panel(0).level == order.level &&
           engine.panel(1).level == order.level && engine.data().level == order.level;
  }));
}

}  // namespace

TEST_CASE("distillation, 2-D: settings as text") {
  CHECK(lab::to_fields({}).text() == "distill2d");
  const std::string text =
      "distill2d?target=rings&left=l3&right=1.2&drifting=1&tau=0.5&repulsion=0&start=3&gaussian=1"
      "&levels=right&fake-steps=3&form=plain&deviation=0.3&width=64&rate=0.001&fake-rate=0.002"
      "&batch=64&seed=3&view=why&level=0.25&play=0";
  CHECK(lab::to_fields(lab::read_state(live::Fields::parse(text))).text() == text);
  for (const char* bad :
       {"left=0.3", "right=l4", "tau=0", "start=0", "start=7", "fake-steps=0", "level=0", "level=1",
        "levels=left", "form=own", "deviation=0", "width=4", "batch=1", "target=drawn"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse(bad), Error);
  }
  CHECK_FALSE(lab::needs_restart(parse("tau=1"), parse("tau=2&repulsion=0&rate=0.001&level=0.2")));
  CHECK(lab::needs_restart(parse("right=1"), parse("right=1.2")));
  CHECK(lab::needs_restart(parse(""), parse("gaussian=1")));
}

TEST_CASE("distillation, 2-D: every place of the dial is the loss that it names") {
  for (int i = 0; i < lab::way_count; ++i) {
    const auto way = static_cast<Way>(i);
    const lab::State state = parse("right=" + std::string(lab::name_of(way)));
    const train::Distillation how = lab::distill_of(state.setup, 1, state.level).how;
    if (way == Way::l1 || way == Way::l3) {
      CHECK(std::isnan(lab::lambda_of(way)));
      CHECK(name_of(how.loss) == lab::name_of(way));
    } else {
      CHECK(std::stof(std::string(lab::name_of(way))) == how.lambda);
      CHECK(how.loss == models::DistillLoss::family);
    }
  }
  // One level on the right only.
  const lab::State state = parse("levels=right&level=0.3");
  CHECK(lab::distill_of(state.setup, 1, state.level).how.lowest_level == 0.3F);
  CHECK(lab::distill_of(state.setup, 1, state.level).how.highest_level == 0.3F);
  CHECK(lab::distill_of(state.setup, 0, state.level).how.lowest_level < 0.3F);
}

TEST_CASE("distillation, 2-D: the ratio of variances is theory's V") {
  CHECK(lab::variance_ratio(1.4F, 1.4F, 0.3F) == doctest::Approx(1));
  const models::NoiseLevel level = models::cosine_level(0.5F);
  const double s = models::deviation_at(3, level);
  CHECK(lab::variance_ratio(static_cast<float>(s), 1, 0.5F) == doctest::Approx(3));
  CHECK(lab::spread_at(3, 1, 0.5F) == doctest::Approx(s));
  CHECK(lab::spread_at(lab::variance_ratio(2, 1.3F, 0.7F), 1.3F, 0.7F) == doctest::Approx(2));
}

TEST_CASE("distillation, 2-D: twins with one loss fare alike, with two they do not") {
  lab::Engine engine;
  finish(engine, order_of(small(Way::one, Way::one), 12));
  CHECK(engine.panel(0).samples == engine.panel(1).samples);
  CHECK(engine.panel(0).to_own == engine.panel(1).to_own);
  CHECK(engine.scores().of[0].last_distance == engine.scores().of[1].last_distance);
  finish(engine, order_of(small(Way::l3, Way::one), 12, 2));
  CHECK(engine.panel(0).samples != engine.panel(1).samples);
}

TEST_CASE("distillation, 2-D: naive L1 narrows a narrow start, lambda 1 finds the data") {
  lab::Engine engine;
  finish(engine, order_of(small(Way::l1, Way::one), 500));
  const float data = engine.data().spread;
  CHECK(engine.panel(0).spread < 0.3F);
  CHECK(engine.panel(1).spread == doctest::Approx(data).epsilon(0.15));
  CHECK(engine.scores().of[1].last_distance < 0.25F);
  CHECK(engine.scores().of[0].last_distance > 3 * engine.scores().of[1].last_distance);
  CHECK(engine.scores().of[1].last_distance ==
        metrics::sliced_wasserstein2(engine.panel(1).samples, engine.data().xy));
  CHECK(engine.progress().of[1].l1.points().size() > 200);
  CHECK(engine.progress().of[1].last_l1 < engine.progress().of[0].last_l1);
  // A panel is of the order's level: arrows, terms and noised samples.
  const lab::Panel before = engine.panel(1);
  lab::Order order = order_of(small(Way::l1, Way::one), 500);
  order.level = 0.8F;
  finish(engine, order);
  const lab::Panel& after = engine.panel(1);
  CHECK(after.samples == before.samples);
  CHECK(after.noised != before.noised);
  CHECK(after.to_data.size() == 2 * lab::grid_places);
  CHECK(after.noised.size() == 2 * lab::shown_samples);
}

TEST_CASE("distillation, 2-D: in theory's case 1.5 runs away from where 1 comes back") {
  lab::Setup setup = small(Way::one, Way::l15);
  setup.gaussian = true;
  setup.start = 3;
  lab::Engine engine;
  finish(engine, order_of(setup, 150));
  CHECK(engine.data().spread == 1);
  CHECK(lab::variance_ratio(3, 1, 0.5F) > models::wrong_beyond(1.5).scale);
  CHECK(engine.panel(0).spread < 2);
  CHECK(engine.panel(1).spread > 4);
  // Terms: the form's value is the loss, whose mean is (1 - lambda) L1 where psi has followed.
  const lab::Terms& terms = engine.panel(0).terms;
  const float l1 = lab::value_of(models::distill_form(models::DistillLoss::l1, 0), terms);
  CHECK(l1 == doctest::Approx(terms.phi_phi - 2 * terms.phi_psi + terms.psi_psi));
  const auto family = [&](float lambda) {
    return lab::value_of(models::distill_form(models::DistillLoss::family, lambda), terms);
  };
  CHECK(family(0) - family(1) == doctest::Approx(l1).epsilon(1e-3));
}

TEST_CASE("distillation, 2-D: one fixed level is moved while training goes on") {
  lab::Setup setup = small(Way::half, Way::half);
  setup.fixed = lab::Fixed::right;
  lab::Engine engine;
  finish(engine, order_of(setup, 40));
  CHECK(engine.panel(0).samples != engine.panel(1).samples);
  const lab::Panel before = engine.panel(1);
  lab::Engine other;
  lab::Order order = order_of(setup, 40);
  order.level = 0.2F;
  finish(other, order);
  CHECK(other.panel(0).samples == engine.panel(0).samples);  // it trains at all levels
  CHECK(other.panel(1).samples != before.samples);
}

TEST_CASE("distillation, 2-D: drifting on the right; without repulsion it collapses") {
  lab::Setup setup = small(Way::one, Way::l1);
  setup.drifting = true;
  setup.tau = 1;
  lab::Engine engine;
  finish(engine, order_of(setup, 400));
  const lab::Panel& drifts = engine.panel(1);
  CHECK(drifts.drifts);
  CHECK_FALSE(engine.panel(0).drifts);
  CHECK(drifts.noised == drifts.samples);
  CHECK(drifts.spread == doctest::Approx(engine.data().spread).epsilon(0.15));
  CHECK(engine.scores().of[1].last_distance < 0.25F);
  lab::Order order = order_of(setup, 800);
  order.setup.repulsion = false;  // no new run
  finish(engine, order);
  CHECK(engine.panel(1).spread < 0.5F * engine.data().spread);
  CHECK(std::ranges::all_of(engine.panel(1).to_own, [](float v) { return v == 0; }));
}

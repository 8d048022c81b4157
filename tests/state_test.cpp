// The settings of the front end as text: there and back, and what strangers may send.
#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/fields.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/live/series.h"

using namespace rivulet;

namespace {

live::flow2d::State parse(const std::string& text) {
  return live::flow2d::read_state(live::Fields::parse(live::fragment_of(text)));
}

std::string message(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

live::flow2d::State unusual() {
  live::flow2d::State s;
  s.target = data::Shape2d::spirals;
  s.config.method = models::Method::mean_flow;
  s.config.learning_rate = 0.0015F;
  s.config.width = 96;
  s.config.depth = 4;
  s.config.batch = 256;
  s.config.bootstrap = 0.375F;
  s.config.ema_decay = 0.998F;
  s.config.seed = 7;
  s.compare = true;
  s.rival = models::Method::reflow;
  s.steps = 32;
  s.view = live::flow2d::View::field;
  s.time = 0.25F;
  s.playing = false;
  return s;
}

}  // namespace

TEST_CASE("state: defaults are the name alone") {
  CHECK(live::flow2d::to_fields({}).text() == "flow2d");
  CHECK(parse("flow2d").config == train::Flow2dConfig{});
  CHECK(parse("flow2d?").steps == 1);
}

TEST_CASE("state: every setting survives the text") {
  const live::flow2d::State s = unusual();
  const std::string text = to_fields(s).text();
  const live::flow2d::State back = parse(text);
  CHECK(back.target == s.target);
  CHECK(back.config == s.config);
  CHECK(back.compare == s.compare);
  CHECK(back.rival == s.rival);
  CHECK(back.steps == s.steps);
  CHECK(back.view == s.view);
  CHECK(back.time == s.time);
  CHECK(back.playing == s.playing);
  CHECK(to_fields(back).text() == text);
  CHECK(text.size() < 250);
}

TEST_CASE("state: a drawing travels with the settings") {
  live::flow2d::State s;
  s.target = data::Shape2d::drawn;
  s.strokes = {{{-1, 0}, {0, 1}, {1, 0}}, {{0.5F, -2}, {-0.5F, -2}}};
  const live::flow2d::State back = parse(to_fields(s).text());
  REQUIRE(back.strokes.size() == 2);
  REQUIRE(back.strokes[0].size() == 3);
  CHECK(back.strokes[0][1].x == doctest::Approx(0).epsilon(0.03));
  CHECK(back.strokes[0][1].y == doctest::Approx(1).epsilon(0.03));
  CHECK(to_fields(back).text() == to_fields(s).text());
}

TEST_CASE("state: an address is read from its fragment") {
  CHECK(parse("http://localhost:8000/?module=baseline#flow2d?steps=8").steps == 8);
  CHECK(parse("  #flow2d?steps=8\n").steps == 8);
  CHECK(live::fragment_of("  ").empty());
}

TEST_CASE("state: bad texts are refused with what is wrong") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "does not name a lab"},
      {"<script>", "does not name a lab"},
      {"flow2d?steps", "key=value"},
      {"flow2d?=3", "key=value"},
      {"flow2d?steps=3", "steps must be"},
      {"flow2d?steps=99999999999999999999", "not a whole number"},
      {"flow2d?steps=2147483648", "out of range"},
      {"flow2d?steps=1&steps=2", "twice"},
      {"flow2d?colour=red", "no setting"},
      {"flow2d?width=1000000", "width"},
      {"flow2d?batch=-5", "batch"},
      {"flow2d?rate=nan", "rate"},
      {"flow2d?rate=1e999", "rate"},
      {"flow2d?time=2", "time"},
      {"flow2d?play=yes", "0 or 1"},
      {"flow2d?view=x%20y", "characters"},
      {"flow2d?view=cube", "no view"},
      {"flow2d?method=magic", "shortcut"},
      {"flow2d?target=cow", "spirals"},
      {"flow2d?target=drawn", "needs strokes"},
      {"flow2d?target=drawn&strokes=A", ""},
      {std::string(20000, 'a'), "too many"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text.substr(0, 60));
    const std::string said = message(text);
    CHECK_FALSE(said.empty());
    CHECK(said.find(expected) != std::string::npos);
    CHECK(said.size() < 400);
  }
}

TEST_CASE("state: damaged texts never do worse than Error") {
  live::flow2d::State s = unusual();
  s.target = data::Shape2d::drawn;
  s.strokes = {{{-1, 0}, {0, 1}, {1, 0}}};
  const std::string whole = to_fields(s).text();
  Rng rng(3);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = whole;
    for (uint32_t k = 0; k <= rng.below(3); ++k) {
      text[rng.below(static_cast<uint32_t>(text.size()))] = static_cast<char>(rng.below(256));
    }
    if (!message(text.substr(0, 1 + rng.below(static_cast<uint32_t>(text.size())))).empty()) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("state: which changes need a new network") {
  const live::flow2d::State a;
  live::flow2d::State b = a;
  b.config.learning_rate *= 2;
  b.config.ema_decay = 0.9F;
  b.steps = 32;
  b.view = live::flow2d::View::paths;
  b.rival = models::Method::reflow;  // not compared with
  CHECK_FALSE(needs_restart(a, b));
  const auto changed = [&](auto change) {
    live::flow2d::State c = a;
    change(c);
    return needs_restart(a, c);
  };
  CHECK(changed([](auto& c) { c.config.width = 64; }));
  CHECK(changed([](auto& c) { c.config.method = models::Method::reflow; }));
  CHECK(changed([](auto& c) { c.target = data::Shape2d::rings; }));
  CHECK(changed([](auto& c) { c.compare = true; }));
}

TEST_CASE("series: keeps its ends and its mean when it grows") {
  live::Series series;
  double sum = 0;
  const int n = 100'000;
  for (int i = 0; i < n; ++i) {
    series.add(static_cast<float>(i), static_cast<float>(i % 7));
    sum += i % 7;
  }
  const auto& points = series.points();
  REQUIRE(points.size() > 200);
  REQUIRE(points.size() < 500);
  double mean = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    if (i > 0) CHECK(points[i].x > points[i - 1].x);
    mean += points[i].y;
  }
  CHECK(mean / static_cast<double>(points.size()) == doctest::Approx(sum / n).epsilon(0.01));
  CHECK(points.front().x < 400);
  CHECK(points.back().x > 99'000);
}

TEST_CASE("mailbox: the reader sees the newest value, once") {
  live::Mailbox<int> box;
  CHECK_FALSE(box.poll());
  for (int i = 1; i <= 5; ++i) {
    box.back() = i;
    box.publish();
  }
  CHECK(box.poll());
  CHECK(box.front() == 5);
  CHECK_FALSE(box.poll());
  CHECK(box.front() == 5);
  box.back() = 6;
  box.publish();
  CHECK(box.poll());
  CHECK(box.front() == 6);
}

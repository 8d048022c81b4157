// The controls as those have them who do not see the canvas; when a frame is due; labs that are
// given back.
#include "rivulet/ui/mirror.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "headless.h"
#include "rivulet/ui/labs/labs.h"
#include "rivulet/ui/pace.h"

namespace {

using namespace rivulet;
using namespace std::chrono_literals;
using Kind = ui::Request::Kind;
using testing::Headless;
using ui::Pace;

TEST_CASE("every control of every lab is read out by a name of its own, in both languages") {
  for (const words::Language language : {words::Language::english, words::Language::chinese}) {
    Headless page(ui::make_labs());
    page.show(language, false);
    for (const ui::Lab& lab : page.labs()) {
      page.open(lab.id);
      page.frames(3);
      const auto mirror = nlohmann::json::parse(ui::mirror_text(page.ui()));
      CHECK(mirror["controls"].size() > 15);
      std::set<std::string> names;
      for (const auto& control : mirror["controls"]) {
        const auto name = control[0].get<std::string>();
        CAPTURE(lab.id + " " + name);
        CHECK(names.insert(name).second);
        const auto label = control[2].get<std::string>();
        CHECK(!label.empty());
        if (language == words::Language::chinese) CHECK(label != name);
      }
    }
  }
}

TEST_CASE("a control is pressed and turned by its name, in sight or not") {
  Headless page(ui::make_labs());
  page.open("flow2d?play=0");
  page.frames(2);
  page.ask({.kind = Kind::press, .name = "method.mean-flow", .text = {}});
  CHECK(page.control("method.mean-flow")->on);
  CHECK(page.lab().state().text().find("method=mean-flow") != std::string::npos);
  const int at = page.control("rate")->at;
  page.ask({.kind = Kind::turn, .name = "rate", .text = {}, .at = at - 3});
  CHECK(page.control("rate")->at == at - 3);
  CHECK(page.ui().highlight == "rate");
  page.ask(
      {.kind = Kind::turn, .name = "rate", .text = {}, .at = 9999});  // no further than its end
  CHECK(page.control("rate")->at == page.control("rate")->count - 1);
  page.resize(1440, 400);  // most dials are below the fold
  page.ask({.kind = Kind::press, .name = "more", .text = {}});
  page.frame();
  REQUIRE(page.control("seed"));
  CHECK_FALSE(page.control("seed")->seen);
  page.ask({.kind = Kind::turn, .name = "seed", .text = {}, .at = 7});
  CHECK(page.control("seed")->at == 7);
}

TEST_CASE("what is typed into a host's field is the lab's, up to its length") {
  ui::Host host;
  host.own_fields = true;
  Headless page(ui::make_labs(), host);
  page.open("ddcm");
  page.frames(3);
  REQUIRE(page.control("field"));
  page.ask({.kind = Kind::type, .name = "field", .text = "550e84", .at = 3});
  CHECK(page.control("field")->value == "550e84");
  CHECK(page.control("field")->at == 3);
  page.ask({.kind = Kind::type, .name = "field", .text = std::string(1 << 20, 'a'), .at = 4});
  CHECK(page.control("field")->value.size() < 100000);
  page.ask({.kind = Kind::type,
            .name = "field",
            .text = "550e8400-e29b-41d4-a716-446655440000",
            .at = 5});
  CHECK(page.control("field")->value.empty());  // a whole UUID is taken at once
  CHECK(page.lab().state().text().find("550e8400") != std::string::npos);
}

TEST_CASE("labs that were not seen for long are given back, with their settings kept") {
  ui::Host host;
  host.kept_labs = 2;
  Headless page(ui::make_labs(), host);
  page.open("flow2d?target=rings&play=1");
  REQUIRE(page.wait([&] { return page.lab().report().find("\"step\":0,") == std::string::npos; }));
  for (const char* const id : {"tarflow2d", "experts-geometry", "distill2d"}) {
    page.open(id);
    page.frames(2);
  }
  page.open("flow2d");  // says nothing of the target: defaults
  page.open("experts-balance");
  page.frames(2);
  const auto& first = page.labs().front();
  CHECK(first.id == "flow2d");
  first.restore(live::Fields::parse("flow2d?target=spirals&play=0"));
  first.give_back();
  CHECK(first.state().text().find("target=spirals") != std::string::npos);
  CHECK(first.report().find("\"step\":0,") != std::string::npos);  // a new engine
}

TEST_CASE(
    "a frame is due at once after an answer, seldom where nothing moves, and never too often") {
  Pace pace;
  const Pace::Clock::time_point start = Pace::Clock::now();
  pace.wake(start);
  CHECK(pace.due(start));
  const auto quiet = start + 10s;
  pace.made(quiet, false);
  CHECK_FALSE(pace.due(quiet + 50ms));  // nothing moved for long
  CHECK(pace.due(quiet + 100ms));       // a look whether that is still so
  pace.made(quiet + 100ms, true);
  CHECK(pace.due(quiet + 101ms));  // something moves: at the full rate
  for (int i = 0; i < 30; ++i) pace.cost(50ms);
  CHECK(pace.cost() > 45ms);
  CHECK_FALSE(pace.due(quiet + 250ms));  // a quarter of the time is for drawing
  CHECK(pace.due(quiet + 305ms));
  pace.wake(quiet + 110ms);
  CHECK(pace.due(quiet + 111ms));  // the visitor does not wait for that
}

}  // namespace

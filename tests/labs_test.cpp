// Every lab, drawn without a window: on every screen, in every language, with random weights.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>

#include "fragile_device.h"
#include "headless.h"
#include "random_model.h"
#include "random_tarflow.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"
#include "rivulet/io/png.h"
#include "rivulet/ui/labs/labs.h"
#include "smallest_lab.h"

using namespace rivulet;
using rivulet::testing::Headless;

namespace {

constexpr std::array<ImVec2, 4> screens = {{{1440, 900}, {800, 600}, {390, 844}, {320, 480}}};

/// Every view that a lab has, and what it draws only then.
constexpr std::array states = {
    "flow2d",
    "flow2d?compare=1&view=paths&steps=8",
    "flow2d?view=field&time=0.5",
    "pictures",
    "pictures?compare=1",
    "pictures?view=steps",
    "pictures?view=morph",
    "pictures?set=fashion",
    "distill-pictures",
    "distill-pictures?set=fashion&first=shortcut&loss=l3&batch=4&guidance=2",
    "distill-pictures?play=0&labels=1.x.2&steps=8",
    "tarflow2d",
    "tarflow2d?view=samples&flow=0&after=3",
    "tarflow-pictures?seconds=0",
    "tarflow-pictures?view=latent",
    "tarflow-pictures?view=likelihood",
    "tarflow-pictures?view=likelihood&bits=1",
    "tarflow-pictures?set=fashion&guidance=1",
    "ddcm",
    "ddcm?source=code&code=550e8400-e29b-41d4-a716-446655440000",
    "ddcm?view=restore",
    "ddcm?view=restore&task=4x",
    "ddcm?view=plane",
    "ddcm?form=pursuit",
    "experts-geometry",
    "experts-geometry?room=space&rule=router&weighed=1&yaw=1",
    "experts-geometry?room=many&overlap=0.5&rule=best&n=12",
    "experts-geometry?heads=400.300.200.450&n=2&k=1&rule=random",
    "experts-geometry?view=layer",
    "experts-geometry?view=layer&n=12&rule=router&weighed=1&map=predicted&router=relu",
    "distill2d",
    "distill2d?left=l3&right=1.5&view=why&start=3&gaussian=1&levels=right&batch=64",
    "distill2d?drifting=1&form=plain&view=push&level=0.2&play=0",
    "experts-balance",
    "experts-balance?view=count&left=loss&right=dynamic&n=12&k=2&shared=1&batch=64",
    "experts-balance?view=hand&k=2&left=sign&right=rms&gate=after&router=softmax&play=0",
    "experts-pictures",
    "experts-pictures?set=fashion&silenced=1&guidance=1&steps=4",
};

models::PictureModel picture_model(models::Method method, int side, int channels) {
  models::PictureModel model = small_picture_model(method);
  model.pictures.net.side = side;
  model.pictures.net.channels = channels;
  return model;
}

models::TarflowModel tarflow_model(int side, int channels, models::TarflowNoise noise) {
  models::TarflowModel model = testing::small_tarflow(noise);
  model.pictures.net.side = side;
  model.pictures.net.channels = channels;
  return model;
}

io::Bytes sheet(int side, int channels) {
  std::vector<uint8_t> pixels(static_cast<size_t>(64 * side * side * channels));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 37 % 251);
  return io::encode_png(data::contact_sheet(pixels, side, channels, 8));
}

/// Files of random weights and pictures under the names that labs ask for.
io::Bytes file(const std::string& name) {
  const bool fashion = name.find("fashion") != std::string::npos;
  const int side = fashion ? 28 : 16;
  const int channels = fashion ? 1 : 3;
  if (name.ends_with(".png")) return sheet(side, channels);
  if (name.find("tarflow") != std::string::npos) {
    const bool bytes = name.find("nll") != std::string::npos;
    return io::serialise(
        testing::random_file(
            tarflow_model(side, channels,
                          bytes ? models::TarflowNoise::uniform : models::TarflowNoise::gaussian)),
        io::Precision::f16);
  }
  const bool student = name.find("distill") != std::string::npos;
  const bool shortcut = student || name.find("shortcut") != std::string::npos;
  const auto method = shortcut ? models::Method::shortcut : models::Method::flow_matching;
  models::PictureModel model = picture_model(method, side, channels);
  model.one_step = student;
  if (name.find("moe") != std::string::npos) model.pictures.net.experts = nn::MoeConfig{};
  return io::serialise(random_weights(model, 1), io::Precision::f16);
}

ui::Host host() {
  ui::Host host;
  host.fetch = [](const std::string& name, bool /*anew*/) {
    auto transfer = std::make_shared<live::Transfer>();
    transfer->done(file(name));
    return transfer;
  };
  return host;
}

/// What does not lie within the page from left to right, and what a finger could not hit.
std::string misplaced(const Headless& page) {
  const float width = ImGui::GetIO().DisplaySize.x;
  std::string out;
  for (const auto& [name, box] : page.ui().boxes) {
    const bool inside = box.x >= -1 && box.x + box.w <= width + 1 && std::isfinite(box.h);
    const bool way = name.starts_with("tab.") || name.starts_with("system.");
    const bool small = way && (box.w < 40 || box.h < 40);
    if (!inside || small) {
      out += fmt::format("{} [{:.0f},{:.0f},{:.0f},{:.0f}] ", name, box.x, box.y, box.w, box.h);
    }
  }
  return out;
}

/// Of the open lab's training.
int64_t step_of(const Headless& page) {
  return io::Json::parse("{" + page.lab().report() + "}").at("step").integer();
}

}  // namespace

TEST_CASE("labs: every view is drawn on every screen, in every language and both themes") {
  Headless page(ui::make_labs(), host());
  std::set<std::string> seen;
  for (const char* state : states) {
    CAPTURE(state);
    page.open(state);
    page.resize(1440, 900);
    page.frames(30);
    page.hold(true);
    seen.insert(page.lab().id);
    for (const ImVec2 screen : screens) {
      CAPTURE(screen.x);
      page.resize(screen.x, screen.y);
      for (int language = 0; language < words::language_count; ++language) {
        page.show(static_cast<words::Language>(language), language % 2 == 1);
        page.frames(3);
        CHECK(page.vertices() > 800);
        CHECK(misplaced(page) == "");
        if (page.find("settings")) {
          REQUIRE(page.click("settings"));
          page.frames(40);  // the sheet rises
          CHECK(misplaced(page) == "");
          REQUIRE(page.click("settings"));
          page.frames(40);
        }
      }
    }
    page.show(words::Language::english, true);
    page.frames(2);
    CHECK(page.ui().toast == "");
    page.hold(false);
  }
  for (const ui::Lab& lab : page.labs()) CHECK_MESSAGE(seen.contains(lab.id), lab.id);
}

TEST_CASE("labs: settings come back as they were given") {
  Headless page(ui::make_labs(), host());
  for (const ui::Lab& lab : page.labs()) CHECK(lab.state().text() == lab.id);
  for (const char* state : states) {
    CAPTURE(state);
    page.open(state);
    const std::string once = page.lab().state().text();
    page.open(once);
    CHECK(page.lab().state().text() == once);
    CHECK_THROWS_AS(page.open(page.lab().id + "?nothing=1"), Error);
    CHECK(page.lab().state().text() == once);
  }
}

TEST_CASE("labs: every key in every view leaves a state that can be read") {
  Headless page(ui::make_labs(), host());
  for (const char* state : states) {
    CAPTURE(state);
    page.open(state);
    page.frames(20);
    page.hold(!live::Job::has_threads());  // or all labs take their time with each key
    for (int key = ImGuiKey_0; key <= ImGuiKey_Z; ++key) page.press(static_cast<ImGuiKey>(key));
    for (const ImGuiKey key :
         {ImGuiKey_Space, ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_Escape}) {
      page.press(key);
    }
    page.hold(false);
    page.frames(2);
    const std::string text = page.lab().state().text();
    page.open(text);
    CHECK(page.lab().state().text() == text);
  }
}

TEST_CASE("navigation: five systems, a small choice of their labs, and each remembers the last") {
  Headless page(ui::make_labs(), host());
  for (const ImVec2 screen : screens) {
    CAPTURE(screen.x);
    page.resize(screen.x, screen.y);
    page.open("flow2d");
    page.frames(2);
    REQUIRE(page.click("tab.pictures"));
    CHECK(page.lab().id == "pictures");
    REQUIRE(page.click("system.ddcm"));
    CHECK(page.lab().id == "ddcm");
    CHECK_FALSE(page.find("tab.ddcm"));  // nothing to choose
    REQUIRE(page.click("system.shortcut"));
    CHECK(page.lab().id == "pictures");
    REQUIRE(page.click("tab.flow2d"));
    CHECK(page.lab().id == "flow2d");
    REQUIRE(page.click("system.distillation"));
    CHECK(page.lab().id == "distill2d");
    REQUIRE(page.click("system.experts"));
    CHECK(page.lab().id == "experts-geometry");
  }
}

TEST_CASE("navigation: by keyboard") {
  const auto lab_after = [](int tabs) {
    Headless page(ui::make_labs(), host());
    page.open("ddcm?view=plane");
    page.frames(2);
    for (int i = 0; i < tabs; ++i) page.press(ImGuiKey_Tab);
    page.press(ImGuiKey_Enter);
    page.frames(2);
    return page.lab().id;
  };
  std::set<std::string> reached;
  for (int tabs = 1; tabs < 12; ++tabs) reached.insert(lab_after(tabs));
  CHECK(reached.contains("flow2d"));
  CHECK(reached.contains("tarflow2d"));
}

TEST_CASE("labs: a target can be drawn, by hand and by keys") {
  Headless page(ui::make_labs(), host());
  for (const char* lab :
       {"flow2d", "tarflow2d", "distill2d", "experts-geometry?view=layer", "experts-balance"}) {
    for (const ImVec2 screen : screens) {
      CAPTURE(screen.x);
      page.resize(screen.x, screen.y);
      page.open(lab);
      page.frames(2);
      page.press(ImGuiKey_D);
      page.frames(2);
      CHECK(page.find("sketch"));
      CHECK(misplaced(page) == "");
      CHECK(page.lab().state().text() == lab);  // until something is drawn
      page.press(ImGuiKey_Enter);
      ImGui::GetIO().AddKeyEvent(ImGuiKey_RightArrow, true);
      page.frames(20);
      ImGui::GetIO().AddKeyEvent(ImGuiKey_RightArrow, false);
      page.press(ImGuiKey_Enter);
      CHECK(page.lab().state().text().find("strokes=") != std::string::npos);
      page.press(ImGuiKey_Escape);
      CHECK_FALSE(page.find("sketch"));
    }
  }
}

TEST_CASE("navigation: ten labs of five systems fit on every screen") {
  std::vector<ui::Lab> labs = ui::make_labs();
  CHECK(labs.size() == 10);
  Headless page(std::move(labs), host());
  for (const ImVec2 screen : screens) {
    CAPTURE(screen.x);
    page.resize(screen.x, screen.y);
    page.frames(2);
    for (const std::string_view name : ui::system_names) {
      REQUIRE(page.click("system." + std::string(name)));
      CHECK(ui::system_names[static_cast<size_t>(page.lab().system)] == name);
      CHECK(misplaced(page) == "");
    }
  }
}

TEST_CASE("labs: weights that cannot be had are explained and can be asked for again") {
  bool broken = true;
  ui::Host other = host();
  other.fetch = [&](const std::string& name, bool) {
    auto transfer = std::make_shared<live::Transfer>();
    if (broken) {
      transfer->fail("no such file");
    } else {
      transfer->done(file(name));
    }
    return transfer;
  };
  Headless page(ui::make_labs(), other);
  for (const auto& [state, name] :
       {std::pair{"pictures", "retry.shortcut"}, std::pair{"ddcm", "retry"},
        std::pair{"tarflow-pictures?seconds=0", "retry"},
        std::pair{"distill-pictures", "retry.0"}}) {
    CAPTURE(state);
    broken = true;
    page.open(state);
    page.frames(3);
    CHECK(page.lab().report().find("no such file") != std::string::npos);
    broken = false;
    REQUIRE(page.click(name));
    CHECK(page.wait([&] { return page.find(name) == nullptr; }));
    CHECK(page.wait([&] { return page.lab().report().find("\"ready\"") != std::string::npos; }));
  }
}

TEST_CASE("the smallest lab: a state, an engine, a page, keys") {
  Headless page({testing::walk::lab()});
  const auto points = [&](int n) {
    return page.wait([&] { return page.lab().report() == fmt::format("\"points\":{}", n); });
  };
  CHECK(points(65));
  CHECK(page.lab().state().text() == "walk");
  page.press(ImGuiKey_N);
  CHECK(page.lab().state().text() == "walk?seed=2");
  page.open("walk?steps=16&seed=7");
  CHECK(points(17));
  CHECK(page.lab().state().text() == "walk?steps=16&seed=7");
  CHECK_THROWS_AS(page.open("walk?steps=0"), Error);
  CHECK(page.lab().state().text() == "walk?steps=16&seed=7");
  REQUIRE(page.click("again"));
  CHECK(page.lab().state().text() == "walk?steps=16&seed=8");
  for (const ImVec2 screen : screens) {
    page.resize(screen.x, screen.y);
    page.frames(3);
    CHECK(page.find("walk"));
    CHECK(page.find("tab.walk") == nullptr);
    CHECK(misplaced(page) == "");
  }
}

TEST_CASE("distillation, 2-D: a target that is asked for takes the place of the one Gaussian") {
  Headless page(ui::make_labs());
  const auto gaussian = [&] {
    return page.lab().state().text().find("gaussian=1") != std::string::npos;
  };
  const auto begin = [&] {
    page.open("distill2d?gaussian=1&play=0&batch=64&width=16");
    page.frames(3);
    REQUIRE(gaussian());
  };
  begin();
  REQUIRE(page.click("target.rings"));
  CHECK(!gaussian());
  CHECK(page.lab().state().text().find("target=rings") != std::string::npos);
  begin();
  page.press(ImGuiKey_D);
  CHECK(!gaussian());
  begin();
  const std::string_view points = "x,y\n0,0\n1,2\n3,1\n2,2\n";
  const auto* const bytes = reinterpret_cast<const std::byte*>(points.data());
  CHECK(page.lab().take_file(io::Bytes(bytes, bytes + points.size())));
  page.frames(2);
  CHECK(!gaussian());
}

TEST_CASE("labs: what a lost device was doing goes on elsewhere, in every view") {
  testing::FragileDevice card;
  ui::Host with_card = host();
  with_card.devices = [&] { return std::vector{&card.device(), &cpu_device()}; };
  Headless page(ui::make_labs(), with_card);
  page.resize(1440, 900);
  int left = 0;
  for (const std::string state : states) {
    CAPTURE(state);
    card.find_again();
    page.open(state);
    page.frame();
    if (page.ui().device != &card.device()) REQUIRE(page.click("device"));
    REQUIRE(page.ui().device == &card.device());
    page.frames(40);
    card.lose();
    const bool plane = state == "ddcm?view=plane";  // no network: it never asks the device
    CHECK((plane ||
           page.wait([&] { return page.ui().device == &cpu_device() || !page.ui().working; })));
    page.frames(20);
    const std::string report = "{" + page.lab().report() + "}";
    CAPTURE(report);
    CHECK(report.find("lost") == std::string::npos);
    CHECK(page.find("retry") == nullptr);
    if (page.ui().device != &cpu_device()) continue;
    ++left;
    CHECK(page.ui().toast ==
          "Some Card was lost (a run). The processor goes on from the same state");
  }
  CHECK(left > 8);  // those that train; the others may be done, or compute nothing there
}

TEST_CASE("labs: what a device was being prepared for when it was lost goes on elsewhere") {
  struct View {
    std::string state;
    std::string missing;  // in its report until all is drawn
  };
  const std::array<View, 6> views = {{
      {"flow2d?compare=1&width=16&batch=32", R"("32":0.00000)"},
      {"tarflow2d?width=8&batch=16", R"("mass":0.00000)"},
      {"distill2d?batch=16", R"("distance":0,)"},
      {"distill2d?drifting=1&batch=16", R"("distance":0,)"},
      {"experts-geometry?view=layer", R"("correlation":null)"},
      {"experts-balance?batch=16", R"("error":0.00000)"},
  }};
  testing::FragileDevice card;
  ui::Host with_card = host();
  with_card.devices = [&] { return std::vector{&card.device(), &cpu_device()}; };
  Headless page(ui::make_labs(), with_card);
  const auto report = [&] { return "{" + page.lab().report() + "}"; };
  for (const View& view : views) {
    for (int loads = 0; loads < 6; ++loads) {
      CAPTURE(view.state);
      CAPTURE(loads);
      page.open("ddcm?view=plane");  // where no device is needed
      page.frame();
      card.find_again();
      if (page.ui().device != &card.device()) REQUIRE(page.click("device"));
      card.lose_when_loading(loads);
      page.open(view.state + "&seed=" + std::to_string(loads + 10));  // a new run
      const int64_t run = io::Json::parse(report()).at("run").integer();
      std::string said;
      CAPTURE(said);
      CHECK(page.wait([&] {
        said = report();
        const io::Json now = io::Json::parse(said);
        return now.at("run").integer() > run && now.at("step").integer() > 0 &&
               said.find(view.missing) == std::string::npos;
      }));
    }
  }
}

TEST_CASE(
    "labs: without threads the open lab trains between frames, and rests there when it is paused") {
  Headless page(ui::make_labs(), host());
  page.open("flow2d?width=32&batch=64");
  REQUIRE(page.wait([&] { return step_of(page) > 2; }));
  CHECK(bool(page.ui().work) != live::Job::has_threads());
  if (page.ui().work) {
    const int64_t before = step_of(page);
    page.ui().work(100);
    CHECK(step_of(page) > before);
  }
  page.open("flow2d?play=0");
  REQUIRE(page.wait([&] { return !page.ui().working; }));
  const int64_t before = step_of(page);
  if (page.ui().work) page.ui().work(100);
  CHECK(step_of(page) == before);
}

TEST_CASE("labs: the device is changed in the bar, and training goes on") {
  testing::FragileDevice card;
  ui::Host with_card = host();
  with_card.devices = [&] { return std::vector{&card.device(), &cpu_device()}; };
  Headless page(ui::make_labs(), with_card);
  page.resize(1440, 900);
  page.open("flow2d?width=32&batch=64&compare=1");
  const auto step = [&] { return step_of(page); };
  REQUIRE(page.wait([&] { return step() > 20; }));
  CHECK(page.ui().device == &card.device());
  CHECK(page.control("device")->label == "GPU 7");
  for (const Device* next : {&cpu_device(), &card.device()}) {
    const int64_t before = step();
    REQUIRE(page.click("device"));
    CHECK(page.ui().device == next);
    CHECK(step() >= before);
    CHECK(page.wait([&] { return step() > before + 20; }));
  }
  // Both sides lose their state in the midst of a step, and take as many steps as before.
  card.lose(3);
  REQUIRE(page.wait([&] { return page.ui().device == &cpu_device(); }));
  const int64_t before = step();
  CHECK(page.wait([&] { return step() > before + 20; }));
  CHECK(page.control("device")->label == "CPU");
}

TEST_CASE("labs: where there is no card, the bar says what computes and why") {
  ui::Host alone = host();
  bool known = false;
  alone.devices = [&] { return known ? std::vector{&cpu_device()} : std::vector<const Device*>(); };
  Headless page(ui::make_labs(), alone);
  page.open("flow2d?play=0");
  page.frames(3);
  CHECK(page.find("device") == nullptr);  // still looked for
  known = true;
  page.frames(3);
  for (const ImVec2 screen : screens) {
    page.resize(screen.x, screen.y);
    page.frames(3);
    CHECK(page.find("device") != nullptr);
    CHECK(misplaced(page).empty());
  }
  REQUIRE(page.click("device"));
  CHECK(page.ui().device == &cpu_device());
  CHECK(page.ui().toast.starts_with("The processor computes. There is no graphics card to use"));
}

// The tables of settings of every lab: each row keeps its promises.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/live/ddcm/state.h"
#include "rivulet/live/distill2d/state.h"
#include "rivulet/live/experts_balance/state.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/live/experts_pictures/state.h"
#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/live/rows.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/live/tarflow_pictures/state.h"
#include "rivulet/words/formulas.h"

using namespace rivulet;
using live::Fields;
using live::rows::Kind;
using live::rows::Row;
using live::rows::Table;

namespace {

template <class State>
struct Lab {
  std::string name;
  const Table<State>& table;
  Fields (*write)(const State&);
  State (*read)(const Fields&);
  std::string formulas;                  ///< all of them, one after the other
  std::vector<std::string> moments;      ///< links under which every control is shown once
  std::set<std::string> unlit = {};      ///< symbols that no formula shows
  std::set<std::string> unchecked = {};  ///< rows whose limits other settings lift
};

std::string joined(std::initializer_list<std::span<const char* const>> lists) {
  std::string all;
  for (const auto& list : lists) {
    for (const char* formula : list) all += formula;
  }
  return all;
}
std::span<const char* const> one(const char* const& formula) { return {&formula, 1}; }

/// Calls `check` with every lab.
template <class Check>
void each_lab(const Check& check) {
  namespace f = words::formulas;
  check(Lab<live::flow2d::State>{"flow2d",
                                 live::flow2d::settings(),
                                 live::flow2d::to_fields,
                                 live::flow2d::read_state,
                                 joined({f::flow2d::objectives, f::flow2d::sample,
                                         one(f::flow2d::update), one(f::flow2d::path)}),
                                 {"flow2d?method=shortcut&compare=1"}});
  check(Lab<live::distill2d::State>{
      "distill2d",
      live::distill2d::settings(),
      live::distill2d::to_fields,
      live::distill2d::read_state,
      joined({f::distill2d::losses, f::distill2d::theory, f::distill2d::drift,
              one(f::distill2d::noised), one(f::distill2d::fake)}),
      {"distill2d", "distill2d?drifting=1"}});
  check(Lab<live::tarflow2d::State>{"tarflow2d",
                                    live::tarflow2d::settings(),
                                    live::tarflow2d::to_fields,
                                    live::tarflow2d::read_state,
                                    joined({f::tarflow2d::block, f::tarflow2d::back,
                                            f::tarflow2d::density, one(f::tarflow2d::loss)}),
                                    {"tarflow2d"}});
  check(Lab<live::pictures::State>{"pictures",
                                   live::pictures::settings(),
                                   live::pictures::to_fields,
                                   live::pictures::read_state,
                                   joined({f::pictures::sample, f::pictures::morph,
                                           one(f::pictures::belief), one(f::pictures::noise)}),
                                   {"pictures"}});
  check(Lab<live::ddcm::State>{
      "ddcm",
      live::ddcm::settings(),
      live::ddcm::to_fields,
      live::ddcm::read_state,
      joined({f::ddcm::choice, f::ddcm::form, f::ddcm::bits, f::ddcm::pull, one(f::ddcm::step),
              one(f::ddcm::plane)}),
      {"ddcm", "ddcm?form=pursuit", "ddcm?view=restore&task=noise", "ddcm?view=plane"},
      {"rho", "strength"},
      {"atoms", "coefficient"}});
  check(Lab<live::tarflow_pictures::State>{
      "tarflow-pictures",
      live::tarflow_pictures::settings(),
      live::tarflow_pictures::to_fields,
      live::tarflow_pictures::read_state,
      joined({f::tarflow_pictures::way, f::tarflow_pictures::guidance,
              one(f::tarflow_pictures::noise), one(f::tarflow_pictures::edit)}),
      {"tarflow-pictures?sampler=gsj", "tarflow-pictures?view=likelihood"}});
  check(Lab<live::experts_geometry::State>{
      "experts-geometry",
      live::experts_geometry::settings(),
      live::experts_geometry::to_fields,
      live::experts_geometry::read_state,
      joined({f::experts_geometry::sum, f::experts_geometry::choice, f::experts_geometry::layer,
              one(f::experts_geometry::angles), one(f::experts_geometry::router),
              one(f::experts_geometry::loss)}),
      {"experts-geometry", "experts-geometry?view=layer"}});
  check(Lab<live::experts_balance::State>{
      "experts-balance",
      live::experts_balance::settings(),
      live::experts_balance::to_fields,
      live::experts_balance::read_state,
      joined({f::experts_balance::layer, f::experts_balance::choice, f::experts_balance::remedies,
              one(f::experts_balance::violation)}),
      {"experts-balance?left=sign&right=loss"}});
  check(Lab<live::experts_pictures::State>{
      "experts-pictures",
      live::experts_pictures::settings(),
      live::experts_pictures::to_fields,
      live::experts_pictures::read_state,
      joined({f::pictures::sample, f::experts_pictures::router, one(f::experts_pictures::layer),
              one(f::experts_pictures::load)}),
      {"experts-pictures"}});
}

/// Calls `check` with every row of every lab.
template <class Check>
void each_row(const Check& check) {
  each_lab([&]<class State>(const Lab<State>& lab) {
    for (const Row<State>& row : lab.table) {
      CAPTURE(lab.name);
      CAPTURE(row.key);
      check(lab, row);
    }
  });
}

/// Settings under which the control is shown.
template <class State>
State moment_of(const Lab<State>& lab, const Row<State>& row) {
  for (const std::string& text : lab.moments) {
    const State state = lab.read(Fields::parse(text));
    if (row.shown(state)) return state;
  }
  FAIL("it is never shown");
  return {};
}

template <class State>
bool accepted(const Lab<State>& lab, const std::string& key, const std::string& value) {
  try {
    (void)lab.read(Fields{.lab = lab.name, .values = {{key, value}}});
    return true;
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() < 400);
    return false;
  }
}

}  // namespace

TEST_CASE("settings: keys and names of controls are unique") {
  each_lab([]<class State>(const Lab<State>& lab) {
    std::set<std::string> keys;
    std::set<std::string> names;
    for (const Row<State>& row : lab.table) {
      CHECK_MESSAGE(keys.insert(row.key).second, lab.name << " has " << row.key << " twice");
      if (row.control.kind == Kind::none) continue;
      CHECK_MESSAGE(names.insert(row.name()).second, lab.name << " has two " << row.name());
    }
  });
}

TEST_CASE("settings: what is offered is accepted, chosen and written") {
  each_row([]<class State>(const Lab<State>& lab, const Row<State>& row) {
    if (row.control.kind == Kind::none) return;
    for (size_t i = 0; i < row.offered().size(); ++i) {
      CAPTURE(row.offered()[i]);
      const auto index = static_cast<int>(i);
      State state = moment_of(lab, row);
      if (row.control.possible && !row.possible(state)[i]) continue;
      row.choose(state, index);
      CHECK(row.chosen(state) == index);
      const Fields fields = lab.write(state);
      const State back = lab.read(fields);
      CHECK(row.chosen(back) == index);
      CHECK(lab.write(back).text() == fields.text());
    }
  });
}

TEST_CASE("settings: limits are allowed, what is beyond them is not") {
  each_row([]<class State>(const Lab<State>& lab, const Row<State>& row) {
    CHECK_FALSE(accepted(lab, row.key, "!"));
    if (!row.get || !row.names.empty()) return;
    for (const char* text : {"", "nan", "inf", "1e99", "x"})
      CHECK_FALSE(accepted(lab, row.key, text));
    // Links say by how much TarFlow's w is more than 1.
    const double less = std::string_view(lab.name) == "tarflow-pictures" && row.key == "guidance";
    const auto [low, high] = row.limits;
    if (lab.unchecked.contains(row.key)) return;
    if (row.key != "seed") {  // of which old links have a sign
      CHECK_FALSE(accepted(lab, row.key, fmt::format("{}", std::max(low - less - 1, -1e6))));
    }
    CHECK_FALSE(accepted(lab, row.key, fmt::format("{}", std::min(high - less + 1, 1e6 + 1))));
    if (low == live::rows::validated.low) return;
    for (const double end : {low, high}) {
      State state;
      row.read(state, fmt::format("{}", end - less));
      CHECK(row.get(state) == doctest::Approx(end));
      State again;
      row.read(again, row.write(state));
      CHECK(row.get(again) == row.get(state));
    }
  });
}

TEST_CASE("settings: small numbers are written as people read them") {
  CHECK(live::rows::number_text(5e-5F) == "0.00005");
  CHECK(live::rows::number_text(1.23456e-5) == "0.0000123456");
  CHECK(live::rows::number_text(-1e-6F) == "-0.000001");
  CHECK(live::rows::number_text(1e-7F) == "1e-07");
  CHECK(live::rows::number_text(2e-4F) == "0.0002");
  CHECK(live::rows::number_text(0.0F) == "0");
}

TEST_CASE("settings: an enumeration is read by the names that it is written with") {
  each_row([]<class State>(const Lab<State>&, const Row<State>& row) {
    for (size_t i = 0; i < row.names.size(); ++i) {
      State state;
      row.read(state, std::string(row.names[i]));
      CHECK(row.get(state) == static_cast<double>(i));
      CHECK(row.write(state) == row.names[i]);
    }
  });
}

TEST_CASE("settings: every control has its words") {
  for (int language = 0; language < words::language_count; ++language) {
    const words::Words& all = words::words(static_cast<words::Language>(language));
    each_row([&]<class State>(const Lab<State>& lab, const Row<State>& row) {
      const auto& control = row.control;
      if (control.kind == Kind::none) return;
      REQUIRE(row.get);
      REQUIRE_FALSE(row.offered().empty());
      if (control.kind == Kind::dial || control.kind == Kind::toggle) {
        REQUIRE(control.words.of);
        CHECK_FALSE(std::string_view(control.words.of(all)).empty());
      }
      if (control.kind == Kind::dial) {
        REQUIRE(control.hint.of);
        CHECK_FALSE(std::string_view(control.hint.of(all)).empty());
      }
      for (const auto& said : {control.choices, control.hints}) {
        if (!said.of) continue;
        REQUIRE(said.of(all).size() >= row.offered().size());
        for (const char* words : said.of(all)) CHECK(words != nullptr);
      }
      if (control.kind == Kind::segments || control.kind == Kind::chips) {
        CHECK((control.choices.of || row.names.empty()));
      }
      for (size_t i = 0; i < row.offered().size(); ++i) {
        State state = moment_of(lab, row);
        row.choose(state, static_cast<int>(i));
        CHECK_FALSE(row.said(state, all).empty());
      }
    });
  }
}

TEST_CASE("settings: symbols stand in a formula of the lab") {
  each_row([]<class State>(const Lab<State>& lab, const Row<State>& row) {
    if (row.control.symbol.empty() && row.control.lights.empty()) return;
    const bool lit = lab.formulas.find("\\at{" + row.lights() + "}") != std::string::npos;
    CHECK(lit != lab.unlit.contains(row.key));
  });
}

TEST_CASE("settings: what else a choice changes") {
  const auto choose = []<class State>(const Table<State>& table, State& state, std::string_view key,
                                      std::string_view value) {
    const Row<State>& row = live::rows::row_of(table, key);
    const auto name = std::ranges::find(row.names, value);
    REQUIRE(name != row.names.end());
    row.choose(state, static_cast<int>(name - row.names.begin()));
  };
  live::flow2d::State flow;
  choose(live::flow2d::settings(), flow, "method", "shortcut");
  CHECK(flow.config.bootstrap == models::usual_bootstrap(models::Method::shortcut));
  choose(live::flow2d::settings(), flow, "method", "shortcut-code");
  CHECK(flow.config.bootstrap == models::usual_bootstrap(models::Method::shortcut_code));
  flow.config.bootstrap = 0.5F;  // the visitor's own stays
  choose(live::flow2d::settings(), flow, "method", "shortcut");
  CHECK(flow.config.bootstrap == 0.5F);

  live::ddcm::State code;
  choose(live::ddcm::settings(), code, "form", "turbo");
  CHECK(code.details.atoms == 2);
  choose(live::ddcm::settings(), code, "form", "single");
  CHECK(code.details.atoms == 1);
  const models::DdcmSettings followed = live::ddcm::code_settings(code);
  live::rows::row_of(live::ddcm::settings(), "rho").choose(code, 0);
  CHECK_FALSE(code.tuned);
  CHECK(code.details.rho == 1);
  CHECK(code.details.noise == followed.noise);

  live::pictures::State pictures;
  pictures.wish.labels = {1};
  choose(live::pictures::settings(), pictures, "set", "fashion");
  CHECK(pictures.wish.labels.empty());
}

TEST_CASE("settings: models of the lab Pictures differ, and there is one for every set") {
  std::set<std::string_view> names;
  for (const auto& kind : live::pictures::model_kinds) CHECK(names.insert(kind.name).second);
  for (const data::PictureSet& set : data::picture_sets) {
    CHECK(live::pictures::kind_of(0).made_for(set));  // what a change of the set falls back to
  }
  live::pictures::State state;
  CHECK(live::pictures::shows(state, 0));
  CHECK_FALSE(live::pictures::shows(state, 1));
  state.compare = true;
  CHECK(live::pictures::shows(state, 1));
}

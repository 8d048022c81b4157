#include "rivulet/live/tarflow2d/state.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "rivulet/core/range.h"
#include "rivulet/live/rows.h"
#include "rivulet/live/targets.h"

namespace rivulet::live::tarflow2d {
namespace {

constexpr std::array<std::string_view, 2> coupling_names = {"affine", "additive"};
constexpr std::array<std::string_view, 2> direction_names = {"to-noise", "to-data"};
constexpr std::array<std::string_view, 2> left_names = {"density", "samples"};
constexpr const char* where = "state";

std::vector<rows::Row<State>> all_rows() {
  using S = State;
  return {
      {"target", [](const S& s) { return std::string(data::name_of(s.target)); },
       [](S& s, const std::string& text) { s.target = data::shape2d(text); }},
      {"strokes",
       [](const S& s) { return s.strokes.empty() ? "" : data::encode_strokes(s.strokes); },
       [](S& s, const std::string& text) { s.strokes = data::decode_strokes(text); }},
      rows::whole<S>(
          "blocks", [](auto& s) -> auto& { return s.config.blocks; }),
      rows::named<S>(
          "coupling", coupling_names, [](auto& s) -> auto& { return s.config.coupling; }),
      rows::flag<S>(
          "permute", [](auto& s) -> auto& { return s.config.alternate; }),
      rows::named<S>(
          "direction", direction_names, [](auto& s) -> auto& { return s.config.direction; }),
      rows::whole<S>(
          "width", [](auto& s) -> auto& { return s.config.width; }),
      rows::whole<S>(
          "depth", [](auto& s) -> auto& { return s.config.depth; }),
      rows::whole<S>(
          "batch", [](auto& s) -> auto& { return s.batch; }),
      rows::number<S>(
          "rate", [](auto& s) -> auto& { return s.learning_rate; }),
      rows::number<S>(
          "average", [](auto& s) -> auto& { return s.ema_decay; }),
      {"seed", [](const S& s) { return fmt::format("{}", s.seed); },
       [](S& s, const std::string& text) {
         s.seed = static_cast<uint64_t>(std::abs(rows::small("seed", text)));
       }},
      rows::flag<S>(
          "play", [](auto& s) -> auto& { return s.playing; }),
      rows::named<S>(
          "view", left_names, [](auto& s) -> auto& { return s.left; }),
      rows::flag<S>(
          "flow", [](auto& s) -> auto& { return s.flowing; }),
      rows::number<S>(
          "after", [](auto& s) -> auto& { return s.after; }),
      rows::flag<S>(
          "rule", [](auto& s) -> auto& { return s.conditional; }),
      rows::number<S>(
          "x", [](auto& s) -> auto& { return s.held.x; }),
      rows::number<S>(
          "y", [](auto& s) -> auto& { return s.held.y; }),
      rows::whole<S>(
          "held", [](auto& s) -> auto& { return s.held_after; }),
  };
}

void check(const State& state) {
  models::validate(state.config);
  need(where, "batch", state.batch, 16, 4096);
  need(where, "rate", state.learning_rate, 0, 1);
  need(where, "average", state.ema_decay, 0, 0.99999F);
  need(where, "after", state.after, 0, static_cast<float>(state.config.blocks));
  need(where, "held", state.held_after, 0, state.config.blocks);
  need(where, "x", state.held.x, -data::plane_radius, data::plane_radius);
  need(where, "y", state.held.y, -data::plane_radius, data::plane_radius);
  if (state.target == data::Shape2d::drawn && state.strokes.empty()) {
    rows::bad("a drawn target needs strokes");
  }
}

}  // namespace

Fields to_fields(const State& state) { return rows::write("tarflow2d", all_rows(), state); }

State read_state(const Fields& fields) {
  State state = rows::read(all_rows(), fields);
  check(state);
  return state;
}

bool needs_restart(const State& a, const State& b) {
  const bool redrawn = b.target == data::Shape2d::drawn && !same_strokes(a.strokes, b.strokes);
  return !(a.config == b.config) || a.batch != b.batch || a.seed != b.seed ||
         a.target != b.target || redrawn;
}

}  // namespace rivulet::live::tarflow2d

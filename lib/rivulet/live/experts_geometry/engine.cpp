#include "rivulet/live/experts_geometry/engine.h"

#include "rivulet/live/experts_geometry/sets.h"

namespace rivulet::live::experts_geometry {
namespace {

auto tasks(Outbox& out) {
  return std::array{
      Engine::Task{.name = "sets", .share = 1, .worker = std::make_unique<Sets>(out)},
  };
}

}  // namespace

Arrangement arrangement_of(const State& state) {
  return {.room = state.room,
          .n = state.n,
          .overlap = state.overlap,
          .noise = state.noise,
          .weighed = state.weighed,
          .seed = state.seed,
          .heads = state.heads};
}

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::experts_geometry

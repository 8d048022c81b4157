#include "cli/held_out.h"

#include <fmt/format.h>

namespace rivulet::cli {

void print_held_out(const models::HeldOut& held_out) {
  fmt::print("flow-matching loss on held-out pictures: {:.6f}\n", held_out.loss);
  if (held_out.layers.empty()) return;
  fmt::print("\n{:>8}  {:>9}  {:>9}  {:>9}  load of each expert, 1: its fair share\n", "block",
             "MaxVio", "dead", "per token");
  for (const models::ExpertLoad& layer : held_out.layers) {
    fmt::print("{:>8}  {:>9.3f}  {:>9}  {:>9.3f} ", layer.block, layer.max_violation(),
               layer.dead(), layer.per_token);
    for (const double share : layer.shares) {
      fmt::print(" {:.2f}", share * static_cast<double>(layer.shares.size()));
    }
    fmt::print("\n");
  }
}

io::Json to_json(const models::HeldOut& held_out) {
  io::Json layers = io::Json::array();
  for (const models::ExpertLoad& layer : held_out.layers) {
    layers.push_back({{"block", layer.block},
                      {"max_violation", layer.max_violation()},
                      {"dead", layer.dead()},
                      {"per_token", layer.per_token},
                      {"load", layer.shares}});
  }
  return {{"flow_loss", held_out.loss}, {"layers", std::move(layers)}};
}

}  // namespace rivulet::cli

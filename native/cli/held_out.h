// The held-out loss of a flow of pictures and the load of its experts, as text and JSON.
#pragma once

#include "rivulet/io/json.h"
#include "rivulet/models/held_out.h"

namespace rivulet::cli {

/// A line of the loss, and a table with a line for each layer that has experts.
void print_held_out(const models::HeldOut& held_out);
/// {"flow_loss", "layers": [{"block", "max_violation", "dead", "per_token", "load"}]}
[[nodiscard]] io::Json to_json(const models::HeldOut& held_out);

}  // namespace rivulet::cli

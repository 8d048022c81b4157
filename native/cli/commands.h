// The commands: each adds itself to the parser and, when chosen, sets what is to be done.
#pragma once

#include <array>
#include <functional>

#include "cli/command.h"

namespace rivulet::cli {

using Action = std::function<int()>;  ///< returns the exit code

void add_train(Command app, Action& action);
void add_sample(Command app, Action& action);
void add_eval(Command app, Action& action);
void add_encode(Command app, Action& action);
void add_decode(Command app, Action& action);
void add_invert(Command app, Action& action);
void add_info(Command app, Action& action);
void add_data(Command app, Action& action);
void add_devices(Command app, Action& action);
void add_bench(Command app, Action& action);
void add_export(Command app, Action& action);

/// Below `train`: a command for each method and set of pictures.
void add_train_pictures(Command train, Action& action);
void add_train_ddpm(Command train, Action& action);
void add_train_distill(Command train, Action& action);
void add_train_distill2d(Command train, Action& action);
void add_train_tarflow(Command train, Action& action);
void add_train_tarflow2d(Command train, Action& action);
void add_train_judge(Command train, Action& action);
void add_train_tokens(Command train, Action& action);

/// Below `bench`.
void add_bench_tarflow(Command bench, Action& action);
void add_bench_moe(Command bench, Action& action);

inline constexpr std::array commands = {add_train,   add_sample, add_eval,  add_encode,
                                        add_decode,  add_invert, add_info,  add_data,
                                        add_devices, add_bench,  add_export};

}  // namespace rivulet::cli

// The commands: each adds itself to the parser and, when chosen, sets what is to be done.
#pragma once

#include <array>
#include <functional>

namespace CLI {
class App;
}

namespace rivulet::cli {

using Action = std::function<int()>;  ///< returns the exit code

void add_train(CLI::App& app, Action& action);
void add_sample(CLI::App& app, Action& action);
void add_eval(CLI::App& app, Action& action);
void add_encode(CLI::App& app, Action& action);
void add_decode(CLI::App& app, Action& action);
void add_invert(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_devices(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);

/// Below `train`: a command for each method and set of pictures.
void add_train_pictures(CLI::App& train, Action& action);
void add_train_ddpm(CLI::App& train, Action& action);
void add_train_tarflow(CLI::App& train, Action& action);
void add_train_tarflow2d(CLI::App& train, Action& action);
void add_train_judge(CLI::App& train, Action& action);
void add_train_tokens(CLI::App& train, Action& action);

/// Below `bench`.
void add_bench_tarflow(CLI::App& bench, Action& action);

inline constexpr std::array commands = {add_train,   add_sample, add_eval,  add_encode,
                                        add_decode,  add_invert, add_info,  add_data,
                                        add_devices, add_bench,  add_export};

}  // namespace rivulet::cli

// The command line. Results go to stdout, progress and errors to stderr; exit code 0 is ok, 1 is
// failed, 2 is bad usage.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "cli/command.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  try {
    rivulet::cli::CommandLine line(
        "rivulet", "Rivulet: small generative models, trained and run on the spot.");
    rivulet::cli::Action action;
    for (const auto add : rivulet::cli::commands) add(line.program(), action);
    if (const auto code = line.parse(argc, argv)) return *code;
    return action();
  } catch (const std::exception& error) {
    fmt::print(stderr, "rivulet: {}\n", error.what());
    return 1;
  }
}

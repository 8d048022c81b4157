// The command line. Results go to stdout, progress and errors to stderr; exit code 0 is ok, 1 is
// failed, 2 is bad usage.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Rivulet: small generative models, trained and run on the spot.", "rivulet");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  rivulet::cli::Action action;
  for (const auto add : rivulet::cli::commands) add(app, action);
  try {
    app.parse(argc, argv);
    return action();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // 0: --help
  } catch (const std::exception& error) {
    fmt::print(stderr, "rivulet: {}\n", error.what());
    return 1;
  }
}

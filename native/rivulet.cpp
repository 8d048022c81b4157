// The command line. Results go to stdout, progress and errors to stderr; exit code 0 is ok, 1 is
// failed, 2 is bad usage.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "cli/alive.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "rivulet/core/error.h"

namespace {

/// What was printed but could not be written (a full disk behind a pipe, say) is a failure.
bool written() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  fmt::print(stderr, "rivulet: the results could not be written: {}\n",
             std::strerror(errno != 0 ? errno : EIO));
  return false;
}

int run(int argc, char** argv) {
  using namespace rivulet::cli;
  CommandLine line("rivulet", "Rivulet: small generative models, trained and run on the spot.");
  Action action;
  for (const auto add : commands) add(line.program(), action);
  if (const auto code = line.parse(argc, argv)) return *code;
  const SignOfLife alive;
  return action();
}

int explained(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const rivulet::cli::UsageError& error) {
    fmt::print(stderr, "rivulet: {}\nRun with --help for more information.\n", error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "rivulet: there is not enough memory: a smaller batch, picture or network needs "
               "less\n");
  } catch (const rivulet::DeviceError& error) {
    fmt::print(stderr, "rivulet: {}; --device cpu does without it\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "rivulet: {}\n", error.what());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int code = explained(argc, argv);
  return written() || code != 0 ? code : 1;
}

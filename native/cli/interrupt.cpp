#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace rivulet::cli {
namespace {

volatile std::sig_atomic_t flag = 0;  // a signal handler can reach nothing else

void raise_flag(int signal) {
  flag = 1;
  constexpr std::string_view answer =
      "\nstopping after this step, and saving; once more ends at once\n";
  // What cannot be written is nobody's loss; a handler has no other way to speak.
  if (write(STDERR_FILENO, answer.data(), answer.size()) < 0) flag = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interrupt::Interrupt() {
  flag = 0;
  std::signal(SIGINT, raise_flag);
  std::signal(SIGTERM, raise_flag);
  std::signal(SIGHUP, raise_flag);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGHUP, SIG_DFL);
}

bool Interrupt::raised() { return flag != 0; }

}  // namespace rivulet::cli

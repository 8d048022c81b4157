#include "cli/interrupt.h"

#include <csignal>

namespace rivulet::cli {
namespace {

volatile std::sig_atomic_t flag = 0;  // a signal handler can reach nothing else

void raise_flag(int signal) {
  flag = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interrupt::Interrupt() {
  flag = 0;
  std::signal(SIGINT, raise_flag);
  std::signal(SIGTERM, raise_flag);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::raised() { return flag != 0; }

}  // namespace rivulet::cli

// Signs of life: on a terminal nothing is silent for more than two seconds.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace rivulet::cli {

/// While one lives (main has it), a line on the terminal says what goes on and for how long, where
/// nothing else was shown for a while. Elsewhere than on a terminal it does nothing.
class SignOfLife {
 public:
  SignOfLife();
  ~SignOfLife();
  SignOfLife(const SignOfLife&) = delete;
  SignOfLife& operator=(const SignOfLife&) = delete;

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

/// What goes on while one lives: "reading pictures". The line goes with it.
class Activity {
 public:
  explicit Activity(const std::string& what);
  ~Activity();
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;

 private:
  std::string before_;
};

/// Something was just shown on the terminal, or is about to be: a line of a sign of life that
/// stands there is wiped away.
void shown_on_terminal();

}  // namespace rivulet::cli

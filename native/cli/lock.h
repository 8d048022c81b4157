// One run at a time for each output.
#pragma once

#include <string>

namespace rivulet::cli {

/// Holds a lock file for as long as it lives: the system frees it when the process ends, however
/// that happens. Throws Error when another process holds it, or when nothing can be written there.
class OutputLock {
 public:
  /// `path`: of the lock file; `out`: what it is for, as messages name it.
  OutputLock(std::string path, const std::string& out);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  std::string path_;
  int handle_ = -1;
};

}  // namespace rivulet::cli

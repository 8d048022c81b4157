// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>

namespace rivulet {

/// Thrown by builders, loaders and parsers when a caller or a file is at fault. The message names
/// the place and the values: `[matmul] inner dimensions differ: (64,256) x (128,64)`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error("[where] what").
[[noreturn]] inline void fail(const std::string& where, const std::string& what) {
  throw Error("[" + where + "] " + what);
}

}  // namespace rivulet

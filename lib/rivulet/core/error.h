// What the library throws.
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

/// Thrown where a device is at fault, and neither a caller nor a file: it was lost, or has too
/// little memory left. No Error: whoever has another device can go on there, with all that was
/// right here.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error("[where] what").
[[noreturn]] inline void fail(const std::string& where, const std::string& what) {
  throw Error("[" + where + "] " + what);
}

}  // namespace rivulet

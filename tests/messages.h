// What errors say.
#pragma once

#include <functional>
#include <string>

#include "rivulet/core/error.h"

namespace rivulet::testing {

/// What the error says that the action ends with, the caller's or a device's; "" where it ends
/// well.
inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  } catch (const DeviceError& error) {
    return error.what();
  }
  return "";
}

}  // namespace rivulet::testing

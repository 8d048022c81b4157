// Settings within their limits.
#pragma once

#include <string>
#include <type_traits>

#include "rivulet/core/error.h"

namespace rivulet {

/// Throws Error, `[where] name must be low..high, not value`, unless low <= value <= high; a NaN is
/// never within.
template <class T>
void need(const char* where, const char* name, T value, std::type_identity_t<T> low,
          std::type_identity_t<T> high) {
  if (value >= low && value <= high) return;
  fail(where, std::string(name) + " must be " + std::to_string(low) + ".." + std::to_string(high) +
                  ", not " + std::to_string(value));
}

}  // namespace rivulet

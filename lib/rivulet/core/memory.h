// What memory there is left.
#pragma once

#include <cstdint>

namespace rivulet {

/// Bytes that this process could take without others being driven out: of the machine, less where a
/// container has a limit. Negative where it is not known (as in a browser).
[[nodiscard]] int64_t available_memory();

/// Throws Error, with how much is needed and how much there is, when so many bytes cannot be had.
void need_memory(const char* where, int64_t bytes);

}  // namespace rivulet

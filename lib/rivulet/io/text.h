// Text of unknown origin.
#pragma once

#include <string>
#include <string_view>

namespace rivulet::io {

/// Whether the bytes are UTF-8 (RFC 3629: no surrogates, nothing longer than it must be).
[[nodiscard]] bool is_utf8(std::string_view text);

/// For messages: bytes that are no UTF-8, and control characters, as \xE9.
[[nodiscard]] std::string printable(std::string_view text);

/// Whether a comes before b as people sort names: runs of digits by their value, so "2" before
/// "10". Names that differ in leading zeros alone are told apart by their bytes.
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

}  // namespace rivulet::io

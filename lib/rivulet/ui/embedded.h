// Files of assets/ that the build places in the program (cmake/embed.cmake).
#pragma once

#include <span>

namespace rivulet::ui::embedded {

[[nodiscard]] std::span<const unsigned char> inter_regular();
[[nodiscard]] std::span<const unsigned char> inter_semibold();
[[nodiscard]] std::span<const unsigned char> formula_main();
[[nodiscard]] std::span<const unsigned char> formula_italic();
[[nodiscard]] std::span<const unsigned char> formula_blackboard();
[[nodiscard]] std::span<const unsigned char> notosanssc_bold();

}  // namespace rivulet::ui::embedded

// The Chinese faces that the build makes (cmake/chinese.cmake), where a program holds them itself:
// the page fetches them.
#pragma once

#include <span>

namespace rivulet::ui::chinese_faces {

[[nodiscard]] std::span<const unsigned char> notosanssc_regular();
[[nodiscard]] std::span<const unsigned char> notosanssc_bold();

}  // namespace rivulet::ui::chinese_faces

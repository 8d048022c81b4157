#include "formats/formats.h"

namespace rivulet::formats {

std::vector<Format> all(const std::vector<uint8_t>& /*palette*/) { return {}; }

}  // namespace rivulet::formats

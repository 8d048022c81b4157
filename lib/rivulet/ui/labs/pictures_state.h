// The settings of the lab "Pictures". No ImGui here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/models/flow.h"
#include "rivulet/ui/state.h"

namespace rivulet::ui {

enum class PictureSet : uint8_t { avatars, fashion };
[[nodiscard]] std::string_view name_of(PictureSet set);

enum class PictureView : uint8_t { grid, steps, morph };
/// What the two ends of a morph differ in.
enum class MorphKind : uint8_t { noise, choice };

/// The step counts that are offered, everywhere.
inline constexpr std::array<int, 8> picture_steps = {1, 2, 4, 8, 16, 32, 64, 128};
inline constexpr int picture_count = 24;  ///< in the grid
inline constexpr int any_label = -1;      ///< an attribute that is left open

/// A value of each attribute, or any_label; attributes beyond the end are left open.
using PictureLabels = std::vector<int>;

struct PicturesState {
  PictureSet set = PictureSet::avatars;
  PictureView view = PictureView::grid;
  models::Method method = models::Method::shortcut;  ///< or flow_matching
  bool compare = false;
  PictureLabels labels;
  float guidance = 1.5F;
  int steps = 4;
  uint64_t seed = 1;
  int chosen = 0;  ///< the picture that is looked at closely
  float time = 1;  ///< ... at this flow time, 0..1
  MorphKind morph = MorphKind::noise;
  int other = 1;     ///< the noise at a morph's far end; `chosen` is at its near end
  PictureLabels to;  ///< the choice at a morph's far end
  float blend = 0.5F;

  friend bool operator==(const PicturesState&, const PicturesState&) = default;
};

/// "3.x.0": the values of the first attributes, those that are left open as x; and back. Reading
/// throws Error naming the key.
[[nodiscard]] std::string labels_text(PictureLabels labels);
[[nodiscard]] PictureLabels read_labels(const std::string& key, std::string_view text);

[[nodiscard]] Fields to_fields(const PicturesState& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] PicturesState pictures_state(const Fields& fields);

}  // namespace rivulet::ui

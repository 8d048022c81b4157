// The models that the lab "Pictures" compares: a further one is one more row here, its words, and
// its formula.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "rivulet/data/picture_sets.h"
#include "rivulet/models/flow.h"

namespace rivulet::live::pictures {

/// A kind of model, trained on each picture set or on one of them.
struct ModelKind {
  std::string_view name = {};      ///< in links
  std::string_view weights = {};   ///< of its files: WEIGHTS-SET.safetensors
  models::Method method = {};      ///< that its file must name, by which it is sampled
  std::string_view only_set = {};  ///< empty: there is one of every set
  bool one_step = false;           ///< a student: there is one way to make its pictures

  [[nodiscard]] constexpr bool made_for(const data::PictureSet& set) const {
    return only_set.empty() || only_set == set.name;
  }
};

inline constexpr std::array model_kinds = {
    ModelKind{.name = "shortcut", .weights = "shortcut", .method = models::Method::shortcut},
    ModelKind{.name = "flow-matching", .weights = "flow", .method = models::Method::flow_matching},
    ModelKind{.name = "experts", .weights = "moe", .method = models::Method::flow_matching},
    ModelKind{.name = "distilled",
              .weights = "distill",
              .method = models::Method::shortcut,
              .one_step = true},
};
inline constexpr int model_count = static_cast<int>(model_kinds.size());

inline constexpr auto model_names = [] {
  std::array<std::string_view, model_kinds.size()> names;
  for (size_t i = 0; i < names.size(); ++i) names[i] = model_kinds[i].name;
  return names;
}();

[[nodiscard]] constexpr const ModelKind& kind_of(int model) {
  return model_kinds[static_cast<size_t>(model)];
}

}  // namespace rivulet::live::pictures

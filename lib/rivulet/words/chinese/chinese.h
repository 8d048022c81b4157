// The Chinese tables.
#pragma once

#include "rivulet/words/words.h"

namespace rivulet::words::chinese {

extern const Common common;
extern const Flow2d flow2d;
extern const Pictures pictures;
extern const Ddcm ddcm;
extern const DistillPictures distill_pictures;
extern const Tarflow2d tarflow2d;
extern const TarflowPictures tarflow_pictures;
extern const ExpertsGeometry experts_geometry;
extern const ExpertsBalance experts_balance;
extern const ExpertsPictures experts_pictures;
extern const Distill2d distill2d;
[[nodiscard]] std::span<const Phrase> phrases();
[[nodiscard]] std::span<const Value> values();
[[nodiscard]] std::span<const Translation> errors();

}  // namespace rivulet::words::chinese

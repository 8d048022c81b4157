// What the pictures of a set have to choose: hair, colours, a kind of garment.
#pragma once

#include <span>

#include "rivulet/data/pictures.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// The values of every attribute, as swatches where they are colours, and a way to leave all open.
/// Cuts the column.
void draw_attributes(Ui& ui, Box& column, std::span<const data::Attribute> attributes,
                     PictureLabels& labels);

}  // namespace rivulet::ui

// What the cards of all networks of pictures say, whatever they were trained for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/io/card.h"
#include "rivulet/models/kind.h"
#include "rivulet/nn/dit.h"

namespace rivulet::models {

/// A network of pictures and what its labels and pixels mean.
struct PictureNet {
  nn::DitConfig net;
  std::string dataset;                      ///< "avatars", "fashion", ...
  std::vector<data::Attribute> attributes;  ///< as many as net.classes
  std::vector<uint8_t> palette = {};        ///< [n,3] RGB: the set's few colours; empty: many

  [[nodiscard]] int64_t pixels() const { return net.pixels(); }
  /// Labels that mean "any" for every attribute (null labels): the unconditional model, [K].
  [[nodiscard]] std::vector<float> any() const { return {net.classes.begin(), net.classes.end()}; }
};

/// Metadata entries of the network (architecture "dit"), and back. Reading throws Error when the
/// card is not of a network of that architecture or a value is out of range.
[[nodiscard]] io::Card picture_net_card(const PictureNet& net);
[[nodiscard]] PictureNet picture_net(const io::Card& card,
                                     ModelKind kind = ModelKind::picture_flow);

/// Attributes as the text of a card, and back. Reading throws Error when malformed.
[[nodiscard]] std::string attributes_text(const std::vector<data::Attribute>& attributes);
[[nodiscard]] std::vector<data::Attribute> attributes_of(const std::string& text);
/// How many values each has: nn::DitConfig::classes.
[[nodiscard]] std::vector<int> classes_of(const std::vector<data::Attribute>& attributes);

/// Colours [n,3] as the text of a card, "ffffff 00aa3c", and back. Reading throws Error when
/// malformed.
[[nodiscard]] std::string palette_text(const std::vector<uint8_t>& palette);
[[nodiscard]] std::vector<uint8_t> palette_of(const std::string& text);

}  // namespace rivulet::models

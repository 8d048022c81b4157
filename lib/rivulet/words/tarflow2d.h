// The words of the lab "TarFlow, 2-D".
#pragma once

#include <array>

namespace rivulet::words {

struct Tarflow2d {
  const char* lab;
  std::array<std::array<const char*, 2>, 9> keys;
  const char* help_mouse;
  const char* coupling;
  std::array<const char*, 2> couplings;
  std::array<const char*, 2> coupling_hints;
  const char* permute;
  const char* blocks;
  const char* blocks_hint;
  const char* direction;
  std::array<const char*, 2> directions;
  std::array<const char*, 2> direction_hints;
  const char* width_hint;
  const char* depth_hint;
  std::array<const char*, 2> views;
  const char* mass;  ///< "{:.3f} of all mass"
  const char* data_title;
  const char* log_q;  ///< "log q({:.2f}, {:.2f}) = {:.2f}"
  const char* marginal;
  const char* conditional;
  const char* before_blocks;
  const char* among_blocks;  ///< "After {:.1f} of {} blocks"
  const char* after_blocks;
  const char* noise_at;  ///< "z = ({:.2f}, {:.2f})"
  const char* play_blocks;
  const char* rule;
  const char* nll_title;
  const char* entropy;
  const char* batches;
  const char* unseen;
  const char* affine_text;
  const char* additive_text;
  const char* fixed_text;
  std::array<const char*, 2> view_text;
  const char* rule_seen;
  const char* reversed_seen;
  const char* block_label;
  const char* back_label;
  const char* density_label;
  const char* loss_label;
};

}  // namespace rivulet::words

// The words of the lab "TarFlow pictures".
#pragma once

#include <array>

namespace rivulet::words {

struct TarflowPictures {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  std::array<const char*, 3> views;
  std::array<const char*, 3> taglines;

  // Dials
  const char* new_noise;
  const char* new_noise_hint;
  const char* new_noise_short;
  const char* again;
  const char* again_hint;
  const char* again_short;
  const char* another;
  const char* another_hint;
  const char* sampler;
  std::array<const char*, 3> samplers;
  std::array<const char*, 3> samplers_short;
  const char* pace;
  const char* pace_hint;
  const char* pace_value;  ///< "about {} s"
  const char* pace_none;
  const char* temperature;
  const char* temperature_hint;
  const char* guidance;
  const char* guidance_hint;
  const char* guidance_none;
  const char* guidance_idle;  ///< "{:.4g}: choose something first"
  const char* denoise;
  const char* snap;
  const char* more;
  const char* less;
  const char* form;
  std::array<const char*, 2> forms;
  const char* ramp;
  const char* without_labels;
  const char* attention;
  const char* attention_hint;
  const char* group;
  const char* group_hint;
  const char* group_value;  ///< "{} tokens"
  const char* first_in_order;
  const char* tolerance;
  const char* tolerance_hint;
  const char* alpha;
  const char* alpha_hint;
  const char* blend;
  const char* blend_hint;
  const char* grain;
  const char* grain_hint;
  const char* undo_edits;
  const char* show_back;
  const char* bits;
  const char* held_out;
  const char* held_out_note;
  std::array<const char*, 2> ends;
  const char* draw;
  const char* draw_hint;
  const char* open;
  const char* open_hint;

  // Samples
  const char* grid_caption;       ///< "{} pictures"
  const char* denoising_caption;  ///< "denoising {} of {}"
  const char* blocks_title;
  const char* block;  ///< "Block {}"
  const char* block_waits;
  const char* block_tokens;  ///< "{} of {} tokens"
  const char* block_sweep;   ///< "sweep {}"
  const char* block_sweeps;  ///< "{} sweeps"
  const char* block_runs;    ///< "{} runs"
  const char* totals;        ///< "{} runs, {} ms"
  const char* cut_none;
  const char* cut;  ///< "{} alphas cut at {}"
  const char* costs_title;
  const char* cost;  ///< "{} ms, {} runs"
  const char* cost_unknown;
  const char* legend_waits;
  const char* legend_moves;
  const char* legend_settled;
  const char* picture;  ///< "Picture {}"
  const char* picture_back;
  const char* picture_on;
  const char* sampled;
  const char* score;
  const char* denoised;
  const char* invert_it;
  const char* invert_hint;
  const char* save;
  const char* save_all;

  // To noise and back
  const char* source;
  const char* noise;
  const char* back;
  const char* difference;
  const char* brush;
  const char* brush_short;
  const char* silenced;  ///< "{} tokens silenced"
  const char* brush_clear;
  const char* round_trip;  ///< "round trip error {:.1e}"
  const char* changed;     ///< "{:.1f} % away"
  const char* back_cost;   ///< "{} runs, {} ms"
  const char* on_its_way;
  const char* sampling_first;

  // Likelihood
  const char* histogram;            ///< "{} held-out pictures"
  const char* histogram_under_way;  ///< "{} of {} held-out pictures"
  std::array<const char*, 2> units;
  const char* scored;  ///< "{:.3f} {unit}: {rank}"
  const char* axis;    ///< "{}: to the left more likely"
  const char* floor;
  std::array<const char*, 6> disguises;
  const char* rank_more;    ///< "more likely than {:.0f} % of the held-out pictures"
  const char* rank_beyond;  ///< less than any
  const char* rank_above;   ///< more than any
  const char* your_picture;
  const char* back_short;

  // Words and formulas
  std::array<const char*, 3> method_text;
  const char* sample_seen;
  const char* guidance_seen;
  const char* latent_text;
  const char* latent_seen;
  const char* likelihood_text;
  std::array<const char*, 6> disguise_text;
  const char* noise_label;
  const char* way_label;
  const char* denoise_label;
  const char* guidance_label;
  const char* forth_label;
  const char* edit_label;
  const char* density_label;
  const char* bits_label;
  const char* within_label;
  const char* tone_label;
};

}  // namespace rivulet::words

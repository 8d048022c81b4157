// All words that a visitor reads.
#pragma once

#include <array>

namespace rivulet::ui {

struct TarflowPicturesStrings;  // strings_tarflow_pictures.h

/// Of the lab "Pictures".
struct PicturesStrings {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  std::array<const char*, 2> sets;
  std::array<const char*, 2> methods;  ///< by side: shortcut, flow matching
  std::array<const char*, 2> method_hints;
  const char* compare;
  const char* new_noise;
  const char* new_noise_hint;
  const char* another_noise;
  const char* picture_back;
  const char* picture_on;
  const char* one_back;
  const char* one_on;
  const char* guidance;
  const char* guidance_hint;
  const char* guidance_cut;  ///< "{:.4g}, learned to {:.4g}"
  const char* any;
  const char* clear_choices;
  std::array<const char*, 2> ends;  ///< of a morph

  std::array<const char*, 3> views;
  const char* grid_caption;   ///< "{method}, {steps}"
  const char* batch_caption;  ///< "{} pictures in {:.0f} ms, {:.0f} GFLOP/s"
  const char* batch_short;    ///< "{} in {} ms"
  const char* picture;        ///< "Picture {}"
  const char* steps_title;
  const char* place;
  const char* belief;
  const char* play;
  const char* nearest;   ///< "Nearest of {} training pictures"
  const char* distance;  ///< "distance {:.3f}"
  const char* nearest_waiting;
  const char* save;
  const char* save_all;
  const char* saved_nowhere;
  const char* morph_noise;
  const char* morph_choice;
  const char* morph_play;
  const char* no_change;

  const char* loading;  ///< "Loading the model, {:.0f} %"
  const char* starting;
  const char* load_failed;
  const char* retry;
  const char* unavailable;

  std::array<const char*, 2> method_text;
  std::array<const char*, 4> view_text;  ///< grid, steps, morph between noises, between choices
  std::array<const char*, 2> sample_formulas;
  const char* belief_formula;
  std::array<const char*, 2> morph_formulas;
  const char* noise_formula;
  const char* noise_label;
  const char* belief_label;
  const char* morph_label;
};

/// Of the lab "DDCM".
struct DdcmStrings {
  const char* lab;
  std::array<std::array<const char*, 2>, 8> keys;
  const char* help_mouse;
  std::array<const char*, 3> views;
  std::array<const char*, 3> views_short;
  std::array<const char*, 3> taglines;

  // What is coded
  const char* another_face;
  const char* another_face_hint;
  const char* another_short;
  const char* uuid_short;
  const char* again_short;
  const char* any_uuid;
  const char* any_uuid_hint;
  const char* draw;
  const char* draw_hint;
  const char* open;
  const char* open_hint;
  const char* type_code;  ///< in the empty field
  const char* samples;
  const char* samples_note;

  // Dials
  const char* bytes;
  const char* bytes_hint;
  const char* bytes_value;  ///< "{} bytes"
  const char* uuid_value;   ///< "16 bytes: a UUID"
  const char* effort;
  const char* effort_hint;
  std::array<const char*, 4> efforts;
  const char* more;
  const char* less;
  const char* bits;
  const char* bits_hint;
  const char* rho;
  const char* rho_hint;
  const char* noise;
  const char* noise_hint;
  const char* form;
  std::array<const char*, 3> forms;
  const char* atoms;
  const char* atoms_hint;
  const char* coefficient;
  const char* coefficient_hint;
  const char* tail;
  const char* tail_hint;
  const char* codebook;
  std::array<const char*, 3> codebooks;
  std::array<const char*, 3> codebook_hints;
  const char* choice;
  std::array<const char*, 4> choices;
  std::array<const char*, 4> choice_hints;
  const char* snap;
  const char* seed;
  const char* usual;
  const char* labels;
  const char* any;

  // Pictures
  const char* source;
  const char* place;
  const char* belief;  ///< "From {} bytes"
  const char* restored;
  const char* residual;
  const char* nothing_left;
  const char* play;
  const char* searching;  ///< "Searching, {:.0f} %"
  const char* done;
  const char* undo;
  const char* fill;
  const char* fill_hint;
  const char* save_picture;

  // The code
  const char* uuid_title;
  const char* code_title;  ///< "{} bytes, and a header of {}"
  const char* code_waiting;
  const char* copy_code;
  const char* copied_code;
  const char* paste_code;
  const char* copy_link;
  const char* copied_link;
  const char* save_code;
  const char* change_byte;
  const char* uuid_taken;
  const char* code_taken;
  const char* no_code;
  const char* not_a_code;
  const char* saved_nowhere;
  const char* no_files;

  // Below
  const char* strip;
  const char* strip_step;   ///< "Step {} of {}: vector {} of {}"
  const char* strip_score;  ///< "{:.1f} standard deviations above the mean"
  const char* strip_read;
  const char* strip_tail;
  const char* costs;
  const char* this_code;
  const char* palette_bytes;
  const char* png_bytes;
  const char* raw_bytes;
  const char* psnr;  ///< "{:.1f} dB"
  const char* psnr_same;
  const char* took;  ///< "coded in {:.0f} ms"

  // Restoring
  std::array<const char*, 5> tasks;
  std::array<const char*, 5> task_hints;
  const char* seen;
  const char* brush;
  const char* brush_short;
  const char* brush_clear;
  const char* grain;
  const char* grain_hint;
  const char* strength;
  const char* strength_hint;
  const char* strength_value;  ///< "best of {}"
  const char* again;
  const char* again_hint;

  // The plane
  std::array<const char*, 5> planes;
  std::array<const char*, 5> plane_hints;
  const char* size;
  const char* size_hint;
  const char* steps;
  const char* steps_hint;
  const char* ddpm;
  const char* distance;  ///< "{:.3f} from where it should be"
  const char* curves;
  const char* curves_axis;
  const char* ddpm_level;

  const char* loading;
  const char* starting;
  const char* load_failed;
  const char* retry;
  const char* unavailable;

  // Words: codes, codes that are read, restoring, the plane by choice
  const char* code_text;
  std::array<const char*, 3> form_text;
  const char* read_text;
  const char* read_seen;
  const char* restore_text;
  std::array<const char*, 5> task_text;
  std::array<const char*, 5> plane_text;
  const char* plane_seen;
  const char* step_formula;
  const char* plane_formula;
  std::array<const char*, 4> choice_formulas;
  std::array<const char*, 2> form_formulas;  ///< pursuit, turbo
  std::array<const char*, 3> bits_formulas;
  std::array<const char*, 4> pull_formulas;  ///< holes, squares, noise, luminance
  const char* read_formula;
  const char* random_formula;
  const char* step_label;
  const char* choice_label;
  const char* bits_label;
  const char* pull_label;
};

/// Of the lab "TarFlow, 2-D".
struct Tarflow2dStrings {
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
  std::array<const char*, 2> block_formulas;  ///< affine, additive
  std::array<const char*, 2> back_formulas;
  std::array<const char*, 2> density_formulas;
  const char* loss_formula;
  const char* block_label;
  const char* back_label;
  const char* density_label;
  const char* loss_label;
};

/// One language. Everything shown comes from here (names of methods and formulas as well), so
/// another language is another table.
struct Strings {
  // The page
  const char* name;
  const char* copy_link;
  const char* copied;
  const char* paste_link;
  const char* pasted;
  const char* bad_state;  ///< followed by what is wrong
  const char* bad_paste;
  const char* bad_text;
  const char* bad_file;
  const char* unwanted_file;
  const char* to_dark;
  const char* to_light;
  const char* help;
  const char* close;
  const char* failed;  ///< heading over an error
  const char* again;
  const char* settings;

  const char* help_title;

  // Help with the first lab: pairs of key and meaning
  std::array<std::array<const char*, 2>, 9> keys;
  const char* help_mouse;

  // The lab
  const char* lab;
  const char* target;
  std::array<const char*, 8> targets;
  const char* method;
  std::array<const char*, 6> methods;
  std::array<const char*, 6> method_hints;
  const char* compare;
  const char* compare_hint;
  const char* against;
  const char* more;
  const char* less;
  const char* play;
  const char* pause;
  const char* one_step;
  const char* restart;
  const char* training_step;
  const char* per_second;

  const char* steps;
  const char* steps_hint;
  const char* rate;
  const char* rate_hint;
  const char* width;
  const char* width_hint;
  const char* depth;
  const char* depth_hint;
  const char* batch;
  const char* batch_hint;
  const char* bootstrap;
  const char* bootstrap_hint;
  const char* average;
  const char* average_hint;
  const char* seed;
  const char* seed_hint;

  std::array<const char*, 3> views;
  const char* play_flow;
  const char* one_step_caption;  ///< "1 step"
  const char* steps_caption;     ///< "{} steps"
  const char* loss_title;
  const char* loss_flow;
  const char* loss_self_short;
  const char* distance_caption;  ///< "distance {:.3f}"
  const char* distance_title;
  const char* floor;
  const char* training_steps_axis;
  const char* panels_title;
  const char* panels_note;
  const char* waiting;

  // Drawing a target
  const char* draw_title;
  const char* draw_hint;
  const char* draw_keys;
  const char* undo;
  const char* clear;
  const char* done;
  const char* draw_again;

  // What one sees: one plain paragraph per method, and per view
  std::array<const char*, 6> method_text;
  std::array<const char*, 3> view_text;
  std::array<const char*, 6> objectives;  ///< formulas
  const char* update_formula;
  std::array<const char*, 2> sample_formulas;  ///< without and with step size
  const char* path_formula;
  const char* train_label;
  const char* update_label;
  const char* sample_label;
  const char* path_label;

  PicturesStrings pictures;
  DdcmStrings ddcm;
  Tarflow2dStrings tarflow2d;
  const TarflowPicturesStrings* tarflow_pictures;
};

[[nodiscard]] const Strings& english();

}  // namespace rivulet::ui

// The words of the lab "DDCM".
#pragma once

#include <array>

namespace rivulet::words {

struct Ddcm {
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

  // Pictures
  const char* source;
  const char* place;
  const char* belief;  ///< "From {} bytes"
  const char* restored;
  const char* residual;
  const char* nothing_left;
  const char* play;
  const char* searching;  ///< "Searching, {:.0f} %"
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

  // Words: codes, codes that are read, restoring, the plane by choice
  const char* code_text;
  std::array<const char*, 3> form_text;
  const char* read_text;
  const char* read_seen;
  const char* restore_text;
  std::array<const char*, 5> task_text;
  std::array<const char*, 5> plane_text;
  const char* plane_seen;
  const char* step_label;
  const char* choice_label;
  const char* bits_label;
  const char* pull_label;
};

}  // namespace rivulet::words

// What every page of the app says.
#pragma once

#include <array>

namespace rivulet::words {

struct Common {
  // The page
  const char* name;
  std::array<const char*, 5> systems;  ///< the tabs, as ui::System counts them
  const char* other_name;              ///< in the other language
  const char* other_language;          ///< on the switch: two letters or one ideograph
  const char* to_other_language;
  const char* copy_link;
  const char* copied;
  const char* copied_text;
  const char* paste_link;
  const char* pasted;
  const char* bad_state;  ///< followed by what is wrong
  const char* bad_paste;
  const char* bad_text;
  const char* bad_file;
  const char* unwanted_file;  ///< "{}": what the file is
  const char* to_dark;
  const char* to_light;
  const char* help;
  const char* close;
  const char* keep_offline;
  const char* processor;      ///< in a sentence: what computes where no card does
  const char* device_hint;    ///< "{} computes; pressed, {}"
  const char* one_device;     ///< "{} computes, no card: {why}"
  const char* device_taken;   ///< "{} computes from here on"
  const char* device_failed;  ///< "{why}; the processor goes on"
  const char* failed;         ///< heading over an error
  const char* again;
  const char* settings;
  const char* no_glyphs;  ///< followed by why not

  const char* help_title;
  const char* target;
  std::array<const char*, 8> targets;
  const char* more;
  const char* less;
  const char* play;
  const char* pause;
  const char* one_step;
  const char* restart;
  const char* training_step;  ///< "step {}"
  const char* per_second;     ///< "{:.0f} steps/s"

  const char* steps;
  const char* rate;
  const char* rate_hint;
  const char* width;
  const char* depth;
  const char* batch;
  const char* batch_hint;
  const char* average;
  const char* average_hint;
  const char* seed;
  const char* seed_hint;
  const char* one_step_caption;  ///< "1 step"
  const char* steps_caption;     ///< "{} steps"
  const char* caption;           ///< "{method}, {steps}"
  const char* training_steps_axis;

  // Drawing a target
  const char* draw_title;
  const char* draw_hint;
  const char* draw_keys;
  const char* undo;
  const char* clear;
  const char* done;
  const char* draw_again;
  const char* sample_label;

  const char* loading;  ///< "Loading the model, {:.0f} %"
  const char* starting;
  const char* load_failed;
  const char* retry;
  const char* unavailable;
  const char* saved_nowhere;
  const char* points_taken;  ///< "{} of {} rows, shown as (x - {}, y - {}) times {}"
  const char* any;
  const char* clear_choices;
  const char* no_files;

  // Read out where nothing is written
  const char* time;
  const char* noise_level;
  const char* blend;
  const char* blocks;          ///< a choice: after how many of them
  const char* picture_number;  ///< "picture {}"
  const char* layer_number;    ///< "layer {}"
  const char* plane;
  const char* plot;
  const char* canvas;
};

}  // namespace rivulet::words

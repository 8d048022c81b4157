// The lab "DDCM".
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/data/pictures.h"
#include "rivulet/live/ddcm/engine.h"
#include "rivulet/live/picture_text.h"
#include "rivulet/models/ddcm_file.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/pixel_editor.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

namespace ddcm {
using namespace live::ddcm;

/// The one model of this lab, and the pictures it has not seen.
inline constexpr const char* model_file = "models/flow-avatars.safetensors";
inline constexpr const char* samples_file = "pictures/avatars-test.png";
inline constexpr int usual_side = 16;  ///< until the model is here
inline constexpr size_t most_colours = 48;

// Slots of the atlas.
inline constexpr int sample_slot = 0;
inline constexpr int source_slot = sample_slot + sample_count;
inline constexpr int seen_slot = source_slot + 1;  ///< what is left of the source
inline constexpr int place_slot = seen_slot + 1;
inline constexpr int belief_slot = place_slot + 1;
inline constexpr int residual_slot = belief_slot + 1;
inline constexpr int slot_count = residual_slot + 1;

}  // namespace ddcm

class DdcmLab {
 public:
  LabFrame frame;
  static constexpr bool holds_networks = true;
  static constexpr float head_height = button_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest();

  // files.cpp: files and texts in and out
  bool take_text(const std::string& text);
  [[nodiscard]] const std::string& copied() const { return written_.text; }
  bool take_file(const io::Bytes& file);

  // controls.cpp: the column of settings
  void draw_head(Ui& ui, Box row);
  float draw_settings(Ui& ui, Box column);

  // view.cpp: pictures, the code, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::Ddcm& words() const { return frame.words->ddcm; }

  /// A pasted code, read.
  struct ReadCode {
    std::string text;  ///< of which this was read
    FileBytes model;   ///< ... for this model
    models::DdcmFile file;
    std::string error;
    bool uuid = false;
  };
  /// A picture and what stands over it.
  struct Shown {
    int slot = 0;
    const char* name = nullptr;
    std::string words;
  };
  /// The code of a finished trace as text.
  struct WrittenCode {
    uint64_t run = 0;
    std::string text;
    io::Bytes file;
    size_t bytes = 0;       ///< of the code
    size_t file_bytes = 0;  ///< with its header; the same for a UUID
    bool uuid = false;
  };

  // lab.cpp
  void choose_view(ddcm::View view);
  [[nodiscard]] static Rng clock_dice();
  [[nodiscard]] uint64_t throw_dice();
  void roll();
  void choose_sample(int picture);
  void choose_own(const Pixels& pixels);
  void choose_code(const std::string& text);
  void roll_uuid();
  void change_details();
  void advance_time(const Ui& ui);
  [[nodiscard]] int shown_steps() const;
  [[nodiscard]] ddcm::Order order() const;
  [[nodiscard]] bool ready() const { return weights().ready(); }
  [[nodiscard]] PictureLabels told_labels() const;
  [[nodiscard]] std::optional<ddcm::CodeWish> code_wish() const;
  [[nodiscard]] std::optional<ddcm::CodeWish> restore_wish() const;
  [[nodiscard]] models::Measurement measurement() const;
  [[nodiscard]] std::string code_report() const;
  [[nodiscard]] std::string plane_report() const;

  // files.cpp
  void fetch_files(const Ui& ui);
  [[nodiscard]] ModelFile weights() const;
  void try_again();
  void cut_samples();
  void save_picture(Ui& ui);
  void save_code(Ui& ui);
  void copy_code(Ui& ui, bool link);
  void paste_code(Ui& ui);
  void give_text(Ui& ui, const std::string& text);
  void read_code();
  /// The visitor's picture as the settings have it; where those are bad, a shipped one is shown.
  void read_own();
  void write_code();
  [[nodiscard]] int side() const;
  /// The picture that is coded, [side,side,3]; empty where a code is read or nothing is here yet.
  [[nodiscard]] Pixels source() const;
  [[nodiscard]] std::vector<float> source_values() const;
  [[nodiscard]] Pixels decoded() const;

  // shown.cpp: what the eye sees of the newest pictures
  void ease_pictures(const Ui& ui);
  void ease_trace(float part, std::span<const float> source);
  [[nodiscard]] int shown_step() const;

  // controls.cpp
  void draw_sources(Ui& ui, Box& column);
  void draw_samples(Ui& ui, Box& column);
  void draw_dials(Ui& ui, Box& column);
  void draw_more(Ui& ui, Box& column, ddcm::State& next);
  void draw_labels(Ui& ui, Box& column, PictureLabels& labels);

  // view.cpp
  float draw_coding(Ui& ui, Box area, bool narrow);
  float draw_row(Ui& ui, Box area, std::span<const Shown> pictures, float cell, float pitch,
                 bool narrow);
  void draw_picture(Ui& ui, Box place, int slot, const char* name);
  void draw_source_buttons(Ui& ui, Box row);
  void draw_time(Ui& ui, Box row);
  void draw_progress(Ui& ui, Box box);
  void draw_trouble(Ui& ui, Box box);
  void draw_quality(Ui& ui, Box row);
  float draw_code(Ui& ui, Box area, bool narrow);
  void draw_code_buttons(Ui& ui, Box row, int count);
  float draw_uuid(Ui& ui, Box area, bool draw);
  void draw_uuid_byte(Ui& ui, Box pair, int byte, float digit);
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;

  // strip.cpp: what was chosen at each step, and what it costs
  float draw_strip(Ui& ui, Box area, bool narrow);
  void draw_columns(Ui& ui, Box box);
  void draw_dots(Ui& ui, Box box);
  float draw_costs(Ui& ui, Box area);

  // editor.cpp: drawing a picture, and the brush for a mask
  void open_editor();
  void close_editor();
  void keep_drawing();
  float draw_palette(Ui& ui, Box area);
  void follow_brush(Ui& ui, Box place);
  void draw_mask(const Ui& ui, Box place) const;

  // restore.cpp and plane.cpp: the other views
  float draw_restoring(Ui& ui, Box area, bool narrow);
  float draw_walks(Ui& ui, Box area, bool narrow);
  void draw_plane(Ui& ui, Box box, std::span<const float> frames, ImU32 color);
  void draw_curves(Ui& ui, Box box);

  ddcm::State state_;
  LabEngine<ddcm::Engine, ddcm::Order> engine_;
  Rng dice_ = clock_dice();

  FileBytes cut_from_;
  data::Pictures samples_;
  std::vector<uint8_t> colours_;  // [n,3], that the samples are drawn with
  Pixels own_;
  std::string own_text_;  // of which own_ was read
  ReadCode read_;
  WrittenCode written_;
  Pixels costs_of_;
  LosslessSizes costs_;

  EasedPictures atlas_;

  Playback playback_;           // the way of the picture
  float psnr_ = 0;              // of what is shown against the source
  int hovered_step_ = -1;       // of the strip, this frame
  int next_hovered_step_ = -1;  // ... and of the next
  std::string typed_;           // into the field, not yet taken
  PixelEditor editor_;
  bool brush_down_ = false;
  Cell brush_at_{};  // the cell that it was over last
  bool brush_adds_ = true;
};

}  // namespace rivulet::ui

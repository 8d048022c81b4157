// Parts of the lab "DDCM": its state and what each file draws of it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/live/ddcm/engine.h"
#include "rivulet/live/picture_text.h"
#include "rivulet/models/ddcm_file.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/files.h"
#include "rivulet/ui/host.h"
#include "rivulet/ui/labs/ddcm/make.h"
#include "rivulet/ui/page.h"
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
  void draw(Ui& ui, Box box);
  void rest();
  [[nodiscard]] Fields state() const;
  void restore(const Fields& fields);
  bool take_text(const std::string& text);
  bool take_file(const io::Bytes& file);
  [[nodiscard]] std::string report() const;

 private:
  [[nodiscard]] const words::Common& common() const { return all_->common; }
  [[nodiscard]] const words::Ddcm& words() const { return all_->ddcm; }

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

  // ddcm.cpp: what happens
  void follow_keys();
  void choose_view(ddcm::View view);
  void roll();
  void choose_sample(int picture);
  void choose_own(const Pixels& pixels);
  void choose_code(const std::string& text);
  void roll_uuid();
  void change_details();
  void play();
  void hold() { playing_ = showing_ = false; }
  void advance_time(const Ui& ui);
  [[nodiscard]] int shown_steps() const;
  void send_order();
  [[nodiscard]] bool ready() const;
  [[nodiscard]] PictureLabels told_labels() const;
  [[nodiscard]] std::optional<ddcm::CodeWish> code_wish();
  [[nodiscard]] std::optional<ddcm::CodeWish> restore_wish();
  [[nodiscard]] models::Measurement measurement() const;
  [[nodiscard]] std::string code_report() const;
  [[nodiscard]] std::string plane_report() const;

  // ddcm_files.cpp: files and texts in and out
  void fetch_files(const Ui& ui);
  [[nodiscard]] std::string trouble() const;
  void try_again();
  void cut_samples();
  void follow_files(Ui& ui);
  void save_picture(Ui& ui);
  void save_code(Ui& ui);
  void copy_code(Ui& ui, bool link);
  void paste_code(Ui& ui);
  void give_text(Ui& ui, const std::string& text);
  void read_code();
  void write_code();
  [[nodiscard]] int side() const;
  /// The picture that is coded, [side,side,3]; empty where a code is read or nothing is here yet.
  [[nodiscard]] const Pixels& source();
  [[nodiscard]] std::vector<float> source_values();
  [[nodiscard]] Pixels decoded() const;

  // ddcm_shown.cpp: what the eye sees of the newest pictures
  void ease_pictures(const Ui& ui);
  void ease_trace(float part, std::span<const float> source);
  [[nodiscard]] int shown_step() const;

  // ddcm_controls.cpp: the column of settings
  void draw_head(Ui& ui, Box row);
  float draw_settings(Ui& ui, Box column);
  void draw_sources(Ui& ui, Box& column);
  void draw_samples(Ui& ui, Box& column);
  void draw_dials(Ui& ui, Box& column);
  void draw_more(Ui& ui, Box& column, ddcm::State& next);
  void draw_labels(Ui& ui, Box& column, PictureLabels& labels);

  // ddcm_view.cpp: pictures, the code, words
  void draw_wide(Ui& ui, Box box);
  void draw_phone(Ui& ui, Box box);
  float draw_main(Ui& ui, Box area, bool narrow);
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

  // ddcm_strip.cpp: what was chosen at each step, and what it costs
  float draw_strip(Ui& ui, Box area, bool narrow);
  void draw_columns(Ui& ui, Box box);
  void draw_dots(Ui& ui, Box box);
  float draw_costs(Ui& ui, Box area);

  // ddcm_editor.cpp: drawing a picture, and the brush for a mask
  void open_editor();
  void close_editor();
  void keep_drawing();
  float draw_palette(Ui& ui, Box area);
  void follow_brush(Ui& ui, Box place);
  void draw_mask(const Ui& ui, Box place) const;

  // ddcm_restore.cpp and ddcm_plane.cpp: the other views
  float draw_restoring(Ui& ui, Box area, bool narrow);
  float draw_walks(Ui& ui, Box area, bool narrow);
  void draw_plane(Ui& ui, Box box, std::span<const float> frames, ImU32 color);
  void draw_curves(Ui& ui, Box box);

  const words::Words* all_ = &words::words(words::Language::english);
  ddcm::State state_;
  FetchedFiles files_;
  std::vector<TransferPtr> saving_;
  TransferPtr opening_;
  std::optional<ddcm::Engine> engine_;  // made when the lab is first drawn
  std::optional<ddcm::Order> sent_;

  FileBytes cut_from_;
  data::Pictures samples_;
  std::vector<uint8_t> colours_;  // [n,3], that the samples are drawn with
  Pixels sample_;
  Pixels own_;
  std::string own_text_;  // of which own_ was read
  ReadCode read_;
  WrittenCode written_;
  Pixels costs_of_;
  LosslessSizes costs_;
  std::string complaint_;  // about the state, to be said in the next frame

  EasedPictures atlas_;

  bool playing_ = false;    // the way of the picture, again and again
  bool showing_ = false;    // a new way, once
  uint64_t way_shown_ = 0;  // the last that was
  float clock_ = 0;
  float psnr_ = 0;              // of what is shown against the source
  int hovered_step_ = -1;       // of the strip, this frame
  int next_hovered_step_ = -1;  // ... and of the next
  bool more_ = false;
  std::array<char, ddcm::most_code_text> typed_{};  // into the field, not yet taken
  PixelEditor editor_;
  bool brush_down_ = false;
  Cell brush_at_{};  // the cell that it was over last
  bool brush_adds_ = true;
  Sheet sheet_;
};

}  // namespace rivulet::ui

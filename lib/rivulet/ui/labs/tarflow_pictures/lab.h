// The lab "TarFlow pictures".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/ui/atlas.h"
#include "rivulet/ui/frame.h"
#include "rivulet/ui/motion.h"
#include "rivulet/ui/pixel_editor.h"

namespace rivulet::ui {

namespace tarflow_pictures {
using namespace live::tarflow_pictures;

// Slots of the atlas.
inline constexpr int grid_slot = 0;
inline constexpr int raw_slot = grid_slot + sample_count;
inline constexpr int score_slot = raw_slot + 1;
inline constexpr int clean_slot = score_slot + 1;
inline constexpr int held_slot = clean_slot + 1;
inline constexpr int source_slot = held_slot + held_out_count;
inline constexpr int noise_slot = source_slot + 1;
inline constexpr int back_slot = noise_slot + 1;
inline constexpr int difference_slot = back_slot + 1;
inline constexpr int suspect_slot = difference_slot + 1;
inline constexpr int slot_count = suspect_slot + disguises;

}  // namespace tarflow_pictures

class TarflowPicturesLab {
 public:
  LabFrame frame;
  static constexpr bool holds_networks = true;
  static constexpr float head_height = button_head;

  // lab.cpp: what happens
  [[nodiscard]] Fields state() const { return to_fields(state_); }
  void restore(const Fields& fields);
  [[nodiscard]] std::string report() const;
  void follow_keys();
  void update(Ui& ui);
  void rest();

  // files.cpp: weights and pictures in, pictures out
  bool take_file(const io::Bytes& file);

  // controls.cpp: the column of settings
  void draw_head(Ui& ui, Box row);
  float draw_settings(Ui& ui, Box column);

  // view.cpp: the samples, words
  float draw_main(Ui& ui, Box area, bool narrow);

 private:
  [[nodiscard]] const words::Common& common() const { return frame.words->common; }
  [[nodiscard]] const words::TarflowPictures& words() const {
    return frame.words->tarflow_pictures;
  }

  using View = tarflow_pictures::View;
  /// A value on the axis of likelihoods.
  struct Mark {
    float value = 0;
    ImU32 color = 0;
    std::string_view words;
    bool large = false;
  };

  // lab.cpp
  void choose_view(View view);
  void choose_held_out(int picture);
  void choose_own(std::span<const uint8_t> pixels);
  void roll();
  void replay();
  void invert_sample();
  void undo_edits();
  [[nodiscard]] tarflow_pictures::Order order() const;
  [[nodiscard]] bool ready() const { return weights().ready(); }
  [[nodiscard]] bool edited() const;
  [[nodiscard]] std::string sheet_report() const;
  [[nodiscard]] std::string latent_report() const;
  [[nodiscard]] std::string likelihood_report() const;

  // files.cpp
  void fetch_files(const Ui& ui);
  [[nodiscard]] std::string weights_name() const;
  [[nodiscard]] std::string exact_name() const;
  /// Whether likelihoods are those of the model of bytes.
  [[nodiscard]] bool judges_bytes() const { return state_.bits && state_.view == View::likelihood; }
  [[nodiscard]] std::string held_out_name() const;
  [[nodiscard]] ModelFile weights() const;
  /// Why what this view needs of weights could not be had.
  [[nodiscard]] std::string trouble() const;
  void try_again();
  void cut_held_out();
  /// The visitor's picture as the settings have it; where those are bad, a held-out one is shown.
  void read_own();
  [[nodiscard]] int side() const;
  [[nodiscard]] int channels() const;
  /// The picture that is inverted and scored, [D]; empty while there is none.
  [[nodiscard]] std::vector<float> source_values() const;
  [[nodiscard]] std::vector<float> held_out_values(int picture) const;
  /// A sample as it is shown: denoised or not, snapped or not.
  [[nodiscard]] std::vector<float> sample_values(int picture) const;
  void open_editor();
  void save(Ui& ui, const std::string& name, std::span<const float> values, int columns);

  // shown.cpp: what the eye sees of the newest pictures
  void ease_pictures(const Ui& ui);
  void ease_samples(float part);
  void ease_latent(float part);

  // controls.cpp
  void draw_latent_dials(Ui& ui, Box& column);
  void draw_request(Ui& ui, Box& column);
  void draw_sources(Ui& ui, Box& column);
  void draw_choices(Ui& ui, Box& column);

  // view.cpp
  float draw_samples(Ui& ui, Box area, bool narrow);
  float draw_grid(Ui& ui, Box box, bool narrow);
  float draw_detail(Ui& ui, Box box);
  void draw_sum(Ui& ui, Box row, float cell);
  void draw_progress(Ui& ui, Box row);
  void draw_trouble(Ui& ui, Box box);
  /// Whose formulas are shown: what judges bytes, or what makes pictures.
  [[nodiscard]] const models::TarflowModel& model_in_sight() const;
  [[nodiscard]] std::vector<FormulaLine> formulas() const;
  [[nodiscard]] Explanation explanation(std::span<const FormulaLine> lines) const;

  // strip.cpp: blocks and tokens on their way, and what they cost
  float draw_blocks(Ui& ui, Box box, bool narrow);
  void draw_token_map(const Ui& ui, Box box, const tarflow_pictures::Block& block) const;
  void draw_legend(const Ui& ui, Box row) const;
  float draw_costs(Ui& ui, Box box);

  // inverse.cpp: to noise and back
  float draw_latent(Ui& ui, Box area, bool narrow);
  void draw_under(Ui& ui, int picture, Box row);
  void draw_silent(const Ui& ui, Box place) const;
  void follow_brush(Ui& ui, Box place);
  [[nodiscard]] int tokens_across() const;

  // likelihood.cpp: the histogram and what falls beside it
  float draw_likelihood(Ui& ui, Box area, bool narrow);
  void draw_histogram(Ui& ui, Box box, std::span<const Mark> marks, bool small);
  float draw_suspects(Ui& ui, Box area, bool narrow);
  [[nodiscard]] std::string rank_text(float value) const;

  tarflow_pictures::State state_;
  LabEngine<tarflow_pictures::Engine, tarflow_pictures::Order> engine_;
  uint64_t replays_ = 0;                        // asked for so far
  int count_ = tarflow_pictures::sample_count;  // samples: fewer on a phone

  FileBytes cut_from_;
  data::Pictures held_out_;
  std::vector<uint8_t> colours_;  // [n,channels], to draw with
  std::vector<uint8_t> own_;      // [side,side,channels]
  std::string own_text_;          // of which own_ was read
  int own_side_ = 0;              // ... for this side

  EasedPictures atlas_;
  uint64_t noise_seed_ = 0;
  std::vector<float> noise_;  // [tarflow_pictures::sample_count,D], until there are samples
  PixelEditor editor_;
  bool brush_down_ = false;
  bool brush_adds_ = true;
  Cell brush_at_{};
  bool far_end_ = false;  // which picture the list chooses
};

}  // namespace rivulet::ui

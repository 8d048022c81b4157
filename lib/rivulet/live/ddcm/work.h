// Pieces of coding and of walks in the plane, each of some milliseconds.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/live/ddcm/engine.h"

namespace rivulet::live::ddcm {

/// A weight file, read, and its compiled denoisers.
class LoadedDenoiser {
 public:
  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  explicit LoadedDenoiser(FileBytes file);

  [[nodiscard]] const models::DiffusionModel& model() const { return one_->model(); }
  [[nodiscard]] models::DdcmModel coder() const { return models::ddcm_model(tensors_); }
  [[nodiscard]] int64_t parameters() const;
  /// For one picture at a time, and for a beam of them; they see `labels`.
  [[nodiscard]] models::Denoise denoise(int rows, const PictureLabels& labels);

 private:
  FileBytes file_;
  io::SafeTensors tensors_;
  std::optional<models::PictureDenoiser> one_;
  std::optional<models::PictureDenoiser> many_;
};

/// One picture to a code, one code to a picture, or one damaged picture to a whole one.
class CodeWork {
 public:
  /// Begins anew when the wish is another one.
  void set(const CodeWish& wish, LoadedDenoiser& model);
  [[nodiscard]] bool done() const { return !run_; }
  /// A piece of a step; true when the trace is worth showing again.
  bool advance(LoadedDenoiser& model);
  [[nodiscard]] const CodeTrace& trace() const { return trace_; }
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void begin(LoadedDenoiser& model);
  void begin_steps(LoadedDenoiser& model);
  void end_search(LoadedDenoiser& model);
  void note_step();
  void note_dots();
  void finish(const models::DiffusionModel& model);

  std::optional<CodeWish> wish_;
  CodeTrace trace_;
  uint64_t runs_ = 0;
  bool searching_ = false;
  models::Pull pull_;  // to the picture, or to what is seen of it; none where a code is read
  std::optional<models::Ddcm> ddcm_;
  std::optional<models::DdcmRun> run_;
  double seconds_ = 0;       // spent on encoding
  models::DdcmTimes times_;  // ... of these in the stages of encoding
  Clock::time_point shown_;
};

/// Walks of the points of the plane, and then the curves over K.
class PlaneWork {
 public:
  void set(const PlaneWish& wish);
  [[nodiscard]] bool walked() const { return trace_.finished() || trace_.run == 0; }
  [[nodiscard]] bool done() const { return walked() && next_curve_ >= curve_count; }
  /// One step of both walks.
  void advance();
  /// One value of the curves.
  void advance_curves();
  [[nodiscard]] const PlaneRun& run() const { return trace_; }
  [[nodiscard]] const PlaneCurves& curves() const { return curves_; }

 private:
  static constexpr int curve_count = plane_choices * static_cast<int>(plane_sizes.size());
  [[nodiscard]] models::DdcmRun walk(PlaneChoice choice, int size) const;
  void step_ddpm(int step);
  [[nodiscard]] float distance(int step, std::span<const float> points) const;

  std::optional<PlaneWish> wish_;
  PlaneRun trace_;
  PlaneCurves curves_;
  int next_curve_ = curve_count;
  std::vector<float> cloud_;   // [m,2], of which the denoiser knows
  std::vector<float> goals_;   // [points,2], what is coded
  std::vector<float> others_;  // [points,2], what walks are measured against
  models::Denoise denoise_;
  std::vector<models::NoiseLevel> levels_;
  std::optional<models::DdcmRun> run_;
  std::optional<models::DdcmRun> curve_run_;
  double curve_sum_ = 0;
};

}  // namespace rivulet::live::ddcm

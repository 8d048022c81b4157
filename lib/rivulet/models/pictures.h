// Flow matching and shortcut models of pictures: what a weight file holds, and how to sample it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/flow.h"
#include "rivulet/models/picture_card.h"
#include "rivulet/nn/dit.h"

namespace rivulet::models {

/// What the metadata of a picture model's weight file says (architecture "dit").
struct PictureModel {
  Method method = Method::shortcut;
  PictureNet pictures;
  float highest_guidance = 1;  ///< that steps d > 0 have learned; more is taken for this
  bool one_step = false;       ///< a distilled student (train/distill_pictures.h): of all that a
                               ///< shortcut model can do it knows the one step from noise

  [[nodiscard]] int64_t pixels() const { return pictures.pixels(); }
  [[nodiscard]] std::vector<float> any() const { return pictures.any(); }
};

/// Metadata entries of a model, and back. Reading throws Error when the file is not of a picture
/// flow or a value is out of range.
[[nodiscard]] io::Card picture_card(const PictureModel& model);
[[nodiscard]] PictureModel picture_model(const io::SafeTensors& file);

/// Throws Error where the model is a one-step student: for `where`, which evaluates models at flow
/// times and steps that a student has never seen.
void need_all_times(const char* where, const PictureModel& model);

/// The inputs of a sampling graph: x [batch,D], labels [batch,K]; t, d and guidance [1,1] for all.
[[nodiscard]] nn::DitInputs picture_inputs(Graph& graph, const nn::DitConfig& net, int64_t batch);

/// x = z + v(z,0,1): the one step from noise z [B,D] to pictures [B,D], under labels [B,K].
[[nodiscard]] Value one_step_pictures(const nn::DitConfig& net, nn::Params& params, Value noise,
                                      Value labels);

/// The network with the file's weights: inputs as above, output "v" [batch,D]. Where it has
/// experts, also an input "silenced" [layers,n], zeros unless written, and outputs
/// gates_name(layer) [batch*N,n]. Throws Error when a tensor is missing or of another shape.
[[nodiscard]] Program compile_picture_model(const nn::DitConfig& net, const io::SafeTensors& file,
                                            int batch, const Device& device,
                                            const CompileOptions& options);

[[nodiscard]] std::string gates_name(int layer);

/// What is asked of the sampler for all pictures of a batch.
struct PictureRequest {
  std::vector<float> labels = {};  ///< [batch,K]; net.classes[k] means "any"
  float guidance = 1;              ///< w >= 1; 1: none. v = v_any + w (v_labels - v_any), the scale
                                   ///< of classifier-free guidance
  int steps = 1;                   ///< n
};

/// Throws Error where a student is asked for what it cannot do: another number of steps than one,
/// or guidance, which is settled when it is distilled.
void check_student(const PictureModel& model, const PictureRequest& request);

/// Samples with given weights: owns compiled programs for one batch size. Guidance at d = 0 takes
/// two evaluations a step (batch and batch with labels dropped); steps d > 0 of a shortcut model
/// have learned guidance and take one. A student makes its one step and throws Error for all else.
/// A guided velocity is clipped so that its straight way ends
/// within the range of pixels.
class PictureSampler {
 public:
  PictureSampler(const io::SafeTensors& file, int batch, const Device& device,
                 const CompileOptions& options = {.static_states = true});
  PictureSampler(PictureSampler&&) noexcept;
  PictureSampler& operator=(PictureSampler&&) noexcept;
  ~PictureSampler();

  [[nodiscard]] const PictureModel& model() const;
  [[nodiscard]] int batch() const;
  /// Network evaluations (of the whole batch) that one step of this request takes: 1 or 2.
  [[nodiscard]] int evaluations(const PictureRequest& request) const;

  /// Mean velocity over [t,t+d] at x [batch,D] under the request's labels and guidance.
  void velocity(const PictureRequest& request, std::span<const float> x, float t, float d,
                std::span<float> v);
  /// Euler step i of request.steps in place: x <- x + v(x, i/n, 1/n)/n.
  void advance(const PictureRequest& request, std::span<float> x, int i);
  /// All steps in place, from noise to pictures in [-1,1] (not clipped).
  void sample(const PictureRequest& request, std::span<float> x);
  /// What the model believes a picture at x, time t, to be (its denoised estimate, or prediction of
  /// the data): E[x_1 | x_t] = x + (1-t) v(x,t,0), [batch,D]. Two evaluations where there is
  /// guidance.
  void belief(const PictureRequest& request, std::span<const float> x, float t,
              std::span<float> picture);

  /// Of a network with experts: the gates of a layer as it was evaluated last, under the labels
  /// where there is guidance: [batch*N,n], zero where an expert was not chosen.
  [[nodiscard]] std::span<const float> gates(int layer) const;
  /// From now on an expert adds 1 - silenced[layer,n] times its part; its gates remain. Zeros as
  /// usual.
  void silence(std::span<const float> silenced);

  /// Floating-point operations of one evaluation of the batch.
  [[nodiscard]] int64_t flops() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The noise of picture i of a seed, [D]: the same on every machine, whatever the batch.
void picture_noise(uint64_t seed, int64_t i, std::span<float> x);

}  // namespace rivulet::models

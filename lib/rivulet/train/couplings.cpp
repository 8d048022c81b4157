#include "rivulet/train/couplings.h"

#include <algorithm>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::train {

Couplings::Couplings(const Flow2dConfig& config, Rng rng, const Device& device,
                     const CompileOptions& options)
    : noise_(static_cast<size_t>(pairs) * 2),
      sampler_(config, chunk, device, {.threads = options.threads, .static_states = true}) {
  rng.normal(noise_);
  points_ = noise_;
}

void Couplings::begin(Weights teacher) {
  teacher_ = std::move(teacher);
  sampler_.load(teacher_);
}

void Couplings::work() {
  for (int i = 0; i < evaluations && !complete(); ++i, ++done_) {
    const int part = done_ / ode_steps;
    const std::span<float> xy =
        std::span(points_).subspan(static_cast<size_t>(part) * chunk * 2, size_t{chunk} * 2);
    sampler_.advance(xy, done_ % ode_steps, ode_steps);
  }
}

void Couplings::draw(Rng& rng, std::span<float> x0, std::span<float> x1) const {
  for (size_t row = 0; row < x0.size() / 2; ++row) {
    const size_t pair = rng.below(pairs);
    for (size_t axis = 0; axis < 2; ++axis) {
      x0[row * 2 + axis] = noise_[pair * 2 + axis];
      x1[row * 2 + axis] = points_[pair * 2 + axis];
    }
  }
}

void Couplings::save(const std::string& prefix, io::SafeTensors& file) const {
  if (!begun()) return;
  const auto add = [&](const std::string& name, const Shape& shape, const std::vector<float>& x) {
    file.tensors.push_back({prefix + "couplings." + name, Tensor(shape, x)});
  };
  for (size_t i = 0; i < teacher_.tensors.size(); ++i) {
    const auto& tensor = teacher_.tensors[i];
    add("teacher." + std::to_string(i), {static_cast<int64_t>(tensor.size())}, tensor);
  }
  add("points", {pairs, 2}, points_);
  add("done", {}, {static_cast<float>(done_)});
}

void Couplings::restore(const std::string& prefix, const io::SafeTensors& file) {
  const std::string name = prefix + "couplings.";
  if (file.find(name + "done") == nullptr) return;  // saved before the first phase ended
  const Tensor& points = file.at(name + "points");
  const Tensor& done = file.at(name + "done");
  if (points.numel() != int64_t{pairs} * 2 || done.numel() != 1 || !(done[0] >= 0) ||
      !(done[0] <= static_cast<float>(total()))) {
    fail("checkpoint", "the couplings of reflow are damaged");
  }
  Weights teacher;
  for (int i = 0;; ++i) {
    const Tensor* tensor = file.find(name + "teacher." + std::to_string(i));
    if (tensor == nullptr) break;
    teacher.tensors.emplace_back(tensor->span().begin(), tensor->span().end());
  }
  std::ranges::copy(points.span(), points_.begin());
  done_ = static_cast<int>(done[0]);
  begin(std::move(teacher));
}

}  // namespace rivulet::train

#include "rivulet/models/ddcm_run.h"

#include <cmath>
#include <utility>

#include "rivulet/core/random.h"
#include "rivulet/core/timed.h"

namespace rivulet::models {
namespace {

constexpr uint64_t first_noise = UINT64_MAX;  // a stream that no step has

/// Scales z to a mean square of 1.
void normalise(std::span<float> z) {
  double sum = 0;
  for (const float value : z) sum += double{value} * value;
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(z.size()) / sum));
  if (!std::isfinite(scale)) return;
  for (float& value : z) value *= scale;
}

}  // namespace

DdcmRun::Impl::Impl(const DdcmSettings& how, Denoise model, int64_t dimensions, size_t rows)
    : settings(how),
      denoise(std::move(model)),
      d(static_cast<size_t>(dimensions)),
      codebook(how.codebook, how.seed, how.size(), dimensions),
      levels(noise_levels(how.codes + how.tail + 1, how.rho)),
      codes(rows, empty_code(how)),
      x_t(rows * d),
      z(d),
      vector(d) {
  for (size_t row = 0; row < rows; ++row) Rng(how.seed, first_noise).normal(row_of(x_t, row));
}

Posterior DdcmRun::Impl::posterior(int step) const {
  const auto i = static_cast<size_t>(step);
  const Posterior q = step < settings.codes ? ddpm_step(levels[i], levels[i + 1])
                                            : ddim_step(levels[i], levels[i + 1]);
  return {.of_x_t = q.of_x_t, .of_x_0 = q.of_x_0, .sigma = q.sigma * settings.noise};
}

void DdcmRun::Impl::compose(int step, Chosen chosen) {
  const Timed timed(times.codebook);
  codebook.vector(step, chosen.indices[0], z);
  const bool turbo = settings.form == CodeForm::turbo;
  if (turbo && chosen.coefficients[0] != 0) {
    std::ranges::transform(z, z.begin(), std::negate{});
  }
  for (size_t atom = 1; atom < chosen.indices.size(); ++atom) {
    codebook.vector(step, chosen.indices[atom], vector);
    float kept = 1;
    float added = chosen.coefficients[turbo ? atom : atom - 1] != 0 ? -1.0F : 1.0F;
    if (!turbo) {
      const float g = share(chosen.coefficients[atom - 1], settings.coefficient_bits);
      kept = std::sqrt(g);
      added = std::sqrt(1 - g);
    }
    for (size_t i = 0; i < d; ++i) z[i] = kept * z[i] + added * vector[i];
    if (!turbo) normalise(z);
  }
  if (turbo) normalise(z);
}

void DdcmRun::Impl::move(const Posterior& q, std::span<const float> from,
                         std::span<const float> clean_row, std::span<float> to) const {
  for (size_t i = 0; i < d; ++i) {
    to[i] = q.of_x_t * from[i] + q.of_x_0 * clean_row[i] + (q.sigma > 0 ? q.sigma * z[i] : 0);
  }
}

void DdcmRun::Impl::move_all(int step, bool coded) {
  const Posterior q = posterior(step);
  for (size_t row = 0; row < rows(); ++row) {
    if (coded) compose(step, at_step(codes[row], settings, step));
    const std::span<float> x = row_of(x_t, row);
    move(q, x, row_of(x0, row), x);
  }
}

void DdcmRun::Impl::denoise_some(int step, size_t most_rows) {
  const Timed timed(times.network);
  if (denoised == 0) {
    before = x_t;
    x0.resize(x_t.size());
  }
  const size_t some = std::min(most_rows, rows() - denoised);
  denoise(std::span(x_t).subspan(denoised * d, some * d), levels[static_cast<size_t>(step)],
          std::span(x0).subspan(denoised * d, some * d));
  denoised += some;
}

void DdcmRun::Impl::measure_some(int step) {
  if (measured == 0) {
    aim(*this, step);
    dots.resize(rows() * static_cast<size_t>(settings.size()));
  }
  double making = 0;
  double all = 0;
  {
    const Timed timed(all);
    const int64_t some = std::min(codebook.piece(), settings.size() - measured);
    codebook.dots(step, {.first = measured, .count = some}, r, dots, &making);
    measured += some;
  }
  times.codebook += making;
  times.search += all - making;
}

void DdcmRun::Impl::show(int step, bool coded) {
  const bool known = coded && !codes.empty();
  seen = {.step = step,
          .steps = steps(),
          .level = levels[static_cast<size_t>(step)],
          .x_t = before,
          .x0 = x0,
          .dots = coded ? std::span<const float>(dots) : std::span<const float>(),
          .chosen = known ? std::span<const uint32_t>(at_step(codes[0], settings, step).indices)
                          : std::span<const uint32_t>()};
}

bool DdcmRun::Impl::advance(size_t most_rows) {
  if (next == steps()) return true;
  const int step = next;
  const bool coded = step < settings.codes;
  if (denoised < rows()) {
    denoise_some(step, most_rows);
    return false;
  }
  if (coded && aim && measured < settings.size()) {
    measure_some(step);
    return false;
  }
  if (coded) {
    act(*this, step);
  } else if (step + 1 < steps()) {
    move_all(step, false);
  } else {
    if (!end(*this)) return false;
    x_t = x0;
  }
  ++next;
  denoised = 0;
  measured = 0;
  show(step, coded);
  return true;
}

DdcmRun::DdcmRun(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DdcmRun::DdcmRun(DdcmRun&&) noexcept = default;
DdcmRun& DdcmRun::operator=(DdcmRun&&) noexcept = default;
DdcmRun::~DdcmRun() = default;

bool DdcmRun::step() {
  if (finished()) return false;
  while (!impl_->advance(SIZE_MAX)) {
  }
  return true;
}

bool DdcmRun::step_some(int rows) { return impl_->advance(static_cast<size_t>(std::max(rows, 1))); }
bool DdcmRun::finished() const { return impl_->next == impl_->steps(); }
const DdcmStep& DdcmRun::seen() const { return impl_->seen; }
std::span<const float> DdcmRun::moved() const { return impl_->x_t; }
const DdcmTimes& DdcmRun::times() const { return impl_->times; }

DdcmResult DdcmRun::finish() {
  while (step()) {
  }
  return {.codes = impl_->codes, .x = impl_->x_t};
}

}  // namespace rivulet::models

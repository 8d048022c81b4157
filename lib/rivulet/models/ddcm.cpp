#include "rivulet/models/ddcm.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/data/palette.h"
#include "rivulet/io/combination.h"

namespace rivulet::models {
namespace {

constexpr uint64_t first_noise = UINT64_MAX;  // a stream that no step has

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Adds the seconds of its life to a sum.
struct Timed {
  double& sum;
  double start = seconds();
  explicit Timed(double& total) : sum(total) {}
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  ~Timed() { sum += seconds() - start; }
};

/// Scales z to a mean square of 1.
void normalise(std::span<float> z) {
  double sum = 0;
  for (const float value : z) sum += double{value} * value;
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(z.size()) / sum));
  if (!std::isfinite(scale)) return;
  for (float& value : z) value *= scale;
}

/// g of pursuit's coefficient c.
float share(uint32_t c, int coefficient_bits) {
  return static_cast<float>(c + 1) / static_cast<float>(1 << coefficient_bits);
}

size_t coefficients_a_step(const DdcmSettings& settings) {
  if (settings.form == CodeForm::single) return 0;
  const auto atoms = static_cast<size_t>(settings.atoms);
  return settings.form == CodeForm::turbo ? atoms : atoms - 1;
}

uint32_t coefficient_limit(const DdcmSettings& settings) {
  return settings.form == CodeForm::turbo ? 2 : 1U << settings.coefficient_bits;
}

/// The choices of one step of one code.
struct Chosen {
  std::span<uint32_t> indices;       // [M]
  std::span<uint32_t> coefficients;  // [M], [M-1] or none
};

Chosen at_step(DdcmCode& code, const DdcmSettings& settings, int step) {
  const auto atoms = static_cast<size_t>(settings.atoms);
  const size_t coefficients = coefficients_a_step(settings);
  const auto i = static_cast<size_t>(step);
  return {.indices = std::span(code.indices).subspan(i * atoms, atoms),
          .coefficients = std::span(code.coefficients).subspan(i * coefficients, coefficients)};
}

DdcmCode empty_code(const DdcmSettings& settings) {
  const auto codes = static_cast<size_t>(settings.codes);
  return {.indices = std::vector<uint32_t>(codes * static_cast<size_t>(settings.atoms)),
          .coefficients = std::vector<uint32_t>(codes * coefficients_a_step(settings))};
}

/// The `count` positions of the largest scores, best first.
template <class Score>
std::vector<uint32_t> best_of(size_t size, size_t count, const Score& score) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count),
                            std::greater{}, score);
  order.resize(count);
  return order;
}

/// Matching pursuit with vectors that are almost orthogonal, as long ones are: the next vector is
/// that of the next largest product, and its share is the one that brings the mixture furthest
/// along r.
void pursue(std::span<const float> dots, const DdcmSettings& settings, Chosen chosen) {
  std::ranges::copy(
      best_of(dots.size(), chosen.indices.size(), [&](uint32_t k) { return dots[k]; }),
      chosen.indices.begin());
  float along = dots[chosen.indices[0]];  // <z, r>
  for (size_t atom = 1; atom < chosen.indices.size(); ++atom) {
    const float next = dots[chosen.indices[atom]];
    float best = -INFINITY;
    for (uint32_t c = 0; c < coefficient_limit(settings); ++c) {
      const float g = share(c, settings.coefficient_bits);
      const float reached = std::sqrt(g) * along + std::sqrt(1 - g) * next;
      if (reached <= best) continue;
      best = reached;
      chosen.coefficients[atom - 1] = c;
    }
    along = best;
  }
}

void take_largest(std::span<const float> dots, Chosen chosen) {
  std::ranges::copy(
      best_of(dots.size(), chosen.indices.size(), [&](uint32_t k) { return std::abs(dots[k]); }),
      chosen.indices.begin());
  std::ranges::sort(chosen.indices);
  for (size_t i = 0; i < chosen.indices.size(); ++i) {
    chosen.coefficients[i] = dots[chosen.indices[i]] < 0 ? 1 : 0;
  }
}

}  // namespace

void validate(const DdcmSettings& settings) {
  const char* where = "ddcm";
  need(where, "codes", settings.codes, 1, 1000);
  need(where, "bits of an index", settings.bits, 1, 16);
  need(where, "tail", settings.tail, 0, 255);
  need(where, "rho", settings.rho, 1, 4);
  need(where, "noise", settings.noise, 1.0F / 16, 1);
  if (settings.rho * 4 != std::floor(settings.rho * 4)) {
    fail(where, "rho must be in quarters, not " + std::to_string(settings.rho));
  }
  if (settings.noise * 16 != std::floor(settings.noise * 16)) {
    fail(where, "noise must be in sixteenths, not " + std::to_string(settings.noise));
  }
  const bool turbo = settings.form == CodeForm::turbo;
  const int most = settings.form == CodeForm::single ? 1 : (turbo ? 64 : 16);
  need(where, "atoms", settings.atoms, 1, most);
  if (settings.atoms > settings.size()) {
    fail(where, std::to_string(settings.atoms) + " atoms of a codebook of " +
                    std::to_string(settings.size()) + " vectors");
  }
  if (settings.form == CodeForm::pursuit) {
    need(where, "bits of a coefficient", settings.coefficient_bits, 1, 8);
  }
}

DdcmSettings tuned_settings(int codes) {
  DdcmSettings settings{.codes = codes};
  if (codes < 24) {
    settings.rho = codes < 12 ? 1 : 1.25F;
    settings.noise = 1;
  } else if (codes < 48) {
    settings.rho = 2;
    settings.noise = 0.875F;
  } else {
    settings.rho = 2.5F;
    settings.noise = 0.75F;
  }
  return settings;
}

void snap_colours(const DiffusionModel& model, const DdcmSettings& settings, std::span<float> x) {
  if (!settings.snap) return;
  const auto d = static_cast<size_t>(model.pixels());
  for (size_t row = 0; row + d <= x.size(); row += d) {
    data::snap_to_palette(x.subspan(row, d), model.palette);
  }
}

int64_t code_bits(const DdcmSettings& settings) {
  const int64_t atoms = settings.atoms;
  int64_t a_step = atoms * settings.bits;
  if (settings.form == CodeForm::pursuit) a_step += (atoms - 1) * settings.coefficient_bits;
  if (settings.form == CodeForm::turbo) {
    a_step = io::combination_bits(settings.size(), atoms) + atoms;
  }
  return settings.codes * a_step;
}

void validate(const DdcmCode& code, const DdcmSettings& settings) {
  const DdcmCode empty = empty_code(settings);
  if (code.indices.size() != empty.indices.size() ||
      code.coefficients.size() != empty.coefficients.size()) {
    fail("ddcm", "a code of " + std::to_string(code.indices.size()) + " indices and " +
                     std::to_string(code.coefficients.size()) + " coefficients, not " +
                     std::to_string(empty.indices.size()) + " and " +
                     std::to_string(empty.coefficients.size()));
  }
  for (const uint32_t index : code.indices) {
    need("ddcm", "index", int64_t{index}, 0, settings.size() - 1);
  }
  for (const uint32_t c : code.coefficients) {
    need("ddcm", "coefficient", int64_t{c}, 0, int64_t{coefficient_limit(settings)} - 1);
  }
  if (settings.form != CodeForm::turbo) return;
  const auto atoms = static_cast<size_t>(settings.atoms);
  for (size_t i = 1; i < code.indices.size(); ++i) {
    if (i % atoms != 0 && code.indices[i] <= code.indices[i - 1]) {
      fail("ddcm", "the indices of a step do not ascend");
    }
  }
}

DdcmCode random_code(const DdcmSettings& settings, uint64_t seed) {
  validate(settings);
  DdcmCode code = empty_code(settings);
  Rng rng(seed);
  for (int step = 0; step < settings.codes; ++step) {
    const Chosen chosen = at_step(code, settings, step);
    for (size_t i = 0; i < chosen.indices.size(); ++i) {
      do {
        chosen.indices[i] = rng.below(static_cast<uint32_t>(settings.size()));
      } while (settings.form == CodeForm::turbo &&
               std::ranges::count(chosen.indices.first(i), chosen.indices[i]) > 0);
    }
    if (settings.form == CodeForm::turbo) std::ranges::sort(chosen.indices);
    for (uint32_t& c : chosen.coefficients) c = rng.below(coefficient_limit(settings));
  }
  return code;
}

Pull pull_to(std::vector<float> pictures) {
  return [pictures = std::move(pictures)](NoiseLevel /*level*/, std::span<const float> /*x_t*/,
                                          std::span<const float> x0, std::span<float> r) {
    // Fewer pictures than rows: one picture for all of them.
    for (size_t i = 0; i < r.size(); ++i) r[i] = pictures[i % pictures.size()] - x0[i];
  };
}

/// Rows on their way from noise. What the three kinds of work share is here; how they choose is in
/// their `act`.
struct DdcmRun::Impl {
  DdcmSettings settings;
  Denoise denoise;
  size_t d;
  Codebook codebook;
  std::vector<NoiseLevel> levels;
  std::vector<DdcmCode> codes;  // [n]
  std::vector<float> x_t;       // [n,D]
  std::vector<float> x0;        // [n,D]
  std::vector<float> r;         // [n,D]
  std::vector<float> dots;      // [n,K]
  std::vector<float> z;         // [D]
  std::vector<float> vector;    // [D]
  std::vector<float> before;    // [n,D]: x_t of the step seen
  int next = 0;
  DdcmStep seen;
  DdcmTimes times;
  /// After x0hat of a coded step: chooses, and moves all rows on.
  std::function<void(Impl&, int step)> act;
  /// After x0hat of the last step.
  std::function<void(Impl&)> end = [](Impl&) {};

  Impl(const DdcmSettings& how, Denoise model, int64_t dimensions, size_t rows)
      : settings(how),
        denoise(std::move(model)),
        d(static_cast<size_t>(dimensions)),
        codebook(how.codebook, how.seed, how.size(), dimensions),
        levels(noise_levels(how.codes + how.tail + 1, how.rho)),
        codes(rows, empty_code(how)),
        x_t(rows * d),
        x0(rows * d),
        z(d),
        vector(d) {
    for (size_t row = 0; row < rows; ++row) {
      Rng(how.seed, first_noise).normal(std::span(x_t).subspan(row * d, d));
    }
  }

  [[nodiscard]] size_t rows() const { return x_t.size() / d; }
  [[nodiscard]] int steps() const { return static_cast<int>(levels.size()) - 1; }
  [[nodiscard]] std::span<float> row_of(std::vector<float>& values, size_t row) const {
    return std::span(values).subspan(row * d, d);
  }
  [[nodiscard]] std::span<const float> dots_of(size_t row) const {
    const auto k = static_cast<size_t>(settings.size());
    return std::span(dots).subspan(row * k, k);
  }
  [[nodiscard]] Posterior posterior(int step) const {
    const auto i = static_cast<size_t>(step);
    const Posterior q = step < settings.codes ? ddpm_step(levels[i], levels[i + 1])
                                              : ddim_step(levels[i], levels[i + 1]);
    return {.of_x_t = q.of_x_t, .of_x_0 = q.of_x_0, .sigma = q.sigma * settings.noise};
  }

  void measure(int step) {
    const Timed timed(times.codebook);
    dots.resize(rows() * static_cast<size_t>(settings.size()));
    codebook.dots(step, r, dots);
  }
  /// The noise that a code stands for at a step, into z.
  void compose(int step, Chosen chosen) {
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
  /// x_t of a row, with its x0hat, down one step into `to`.
  void move(const Posterior& q, std::span<const float> from, std::span<const float> clean_row,
            std::span<float> to) const {
    for (size_t i = 0; i < d; ++i) {
      to[i] = q.of_x_t * from[i] + q.of_x_0 * clean_row[i] + (q.sigma > 0 ? q.sigma * z[i] : 0);
    }
  }
  void move_all(int step, bool coded) {
    const Posterior q = posterior(step);
    for (size_t row = 0; row < rows(); ++row) {
      if (coded) compose(step, at_step(codes[row], settings, step));
      const std::span<float> x = row_of(x_t, row);
      move(q, x, row_of(x0, row), x);
    }
  }

  void show(int step, bool coded) {
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

  bool advance() {
    if (next == steps()) return false;
    const int step = next++;
    before = x_t;
    {
      const Timed timed(times.network);
      x0.resize(x_t.size());
      denoise(x_t, levels[static_cast<size_t>(step)], x0);
    }
    const bool coded = step < settings.codes;
    if (coded) {
      act(*this, step);
    } else if (next < steps()) {
      move_all(step, false);
    } else {
      end(*this);
      x_t = x0;
    }
    show(step, coded);
    return true;
  }
};

namespace {

/// log p(k) up to a constant: c <eps_k, r> - ||eps_k||^2 / 2, the second part as its distance or
/// the article's weight has it.
std::vector<double> scores(std::span<const float> dots, std::span<const float> squared, double c) {
  std::vector<double> score(dots.begin(), dots.end());
  for (size_t k = 0; k < dots.size(); ++k) {
    score[k] *= c;
    if (!squared.empty()) score[k] -= 0.5 * squared[k];
  }
  return score;
}

uint32_t draw(std::span<const double> log_p, float u) {
  const double largest = *std::ranges::max_element(log_p);
  double total = 0;
  for (const double value : log_p) total += std::exp(value - largest);
  double left = u * total;
  for (size_t k = 0; k + 1 < log_p.size(); ++k) {
    left -= std::exp(log_p[k] - largest);
    if (left < 0) return static_cast<uint32_t>(k);
  }
  return static_cast<uint32_t>(log_p.size() - 1);
}

uint32_t largest(std::span<const double> score) {
  return static_cast<uint32_t>(std::ranges::max_element(score) - score.begin());
}

}  // namespace

DdcmRun::DdcmRun(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DdcmRun::DdcmRun(DdcmRun&&) noexcept = default;
DdcmRun& DdcmRun::operator=(DdcmRun&&) noexcept = default;
DdcmRun::~DdcmRun() = default;

bool DdcmRun::step() { return impl_->advance(); }
bool DdcmRun::finished() const { return impl_->next == impl_->steps(); }
const DdcmStep& DdcmRun::seen() const { return impl_->seen; }
std::span<const float> DdcmRun::moved() const { return impl_->x_t; }
const DdcmTimes& DdcmRun::times() const { return impl_->times; }

DdcmResult DdcmRun::finish() {
  while (step()) {
  }
  return {.codes = impl_->codes, .x = impl_->x_t};
}

Ddcm::Ddcm(const DdcmSettings& settings, Denoise denoise, int64_t dimensions)
    : settings_(settings), denoise_(std::move(denoise)), dimensions_(dimensions) {
  validate(settings_);
}

DdcmRun Ddcm::choose(Pull pull, int64_t n, Choice choice, uint64_t seed) const {
  need("ddcm", "rows", n, 1, 1 << 16);
  if (choice != Choice::argmax && settings_.form != CodeForm::single) {
    fail("ddcm", "only codes of one vector a step are chosen by distance or drawn");
  }
  auto impl =
      std::make_unique<DdcmRun::Impl>(settings_, denoise_, dimensions_, static_cast<size_t>(n));
  impl->act = [pull = std::move(pull), choice, rng = Rng(seed)](DdcmRun::Impl& run,
                                                                int step) mutable {
    run.r.resize(run.x_t.size());
    pull(run.levels[static_cast<size_t>(step)], run.x_t, run.x0, run.r);
    run.measure(step);
    const Posterior q = run.posterior(step);
    std::vector<float> squared;
    if (choice == Choice::distance || choice == Choice::article) {
      squared.resize(static_cast<size_t>(run.settings.size()));
      run.codebook.squared_lengths(step, squared);
    }
    for (size_t row = 0; row < run.rows(); ++row) {
      const Chosen chosen = at_step(run.codes[row], run.settings, step);
      const std::span<const float> dots = run.dots_of(row);
      if (run.settings.form == CodeForm::turbo) {
        take_largest(dots, chosen);
      } else if (choice == Choice::argmax) {
        pursue(dots, run.settings, chosen);
      } else {
        const std::vector<double> score = scores(dots, squared, double{q.of_x_0} / q.sigma);
        chosen.indices[0] =
            choice == Choice::distance ? largest(score) : draw(score, rng.uniform());
      }
    }
    run.move_all(step, true);
  };
  return DdcmRun(std::move(impl));
}

namespace {

/// ||a - b||^2.
double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

}  // namespace

DdcmRun Ddcm::search(std::vector<float> picture, int beams, int candidates) const {
  need("ddcm", "beams", beams, 1, 256);
  need("ddcm", "candidates", candidates, 1, 256);
  if (settings_.form != CodeForm::single) {
    fail("ddcm", "only codes of one vector a step are searched for");
  }
  if (picture.size() != static_cast<size_t>(dimensions_)) {
    fail("ddcm", std::to_string(picture.size()) + " pixels, not " + std::to_string(dimensions_));
  }
  auto impl = std::make_unique<DdcmRun::Impl>(settings_, denoise_, dimensions_, 1);
  const auto width = static_cast<size_t>(std::min<int64_t>(candidates, settings_.size()));

  /// Keeps the best `count` rows, the best of all first.
  const auto keep = [picture](DdcmRun::Impl& run, size_t count) {
    std::vector<double> error(run.rows());
    for (size_t row = 0; row < error.size(); ++row) {
      error[row] = squared_distance(run.row_of(run.x0, row), picture);
    }
    const std::vector<uint32_t> order = best_of(error.size(), std::min(count, error.size()),
                                                [&](uint32_t row) { return -error[row]; });
    std::vector<float> x_t;
    std::vector<float> x0;
    std::vector<DdcmCode> codes;
    for (const uint32_t row : order) {
      x_t.insert(x_t.end(), run.row_of(run.x_t, row).begin(), run.row_of(run.x_t, row).end());
      x0.insert(x0.end(), run.row_of(run.x0, row).begin(), run.row_of(run.x0, row).end());
      codes.push_back(run.codes[row]);
    }
    run.x_t = std::move(x_t);
    run.x0 = std::move(x0);
    run.codes = std::move(codes);
  };
  impl->act = [picture, keep, beams, width](DdcmRun::Impl& run, int step) {
    keep(run, static_cast<size_t>(beams));
    run.before = run.x_t;
    run.r.resize(run.x_t.size());
    for (size_t i = 0; i < run.r.size(); ++i) run.r[i] = picture[i % run.d] - run.x0[i];
    run.measure(step);
    const Posterior q = run.posterior(step);
    std::vector<float> x_t;
    std::vector<DdcmCode> codes;
    for (size_t row = 0; row < run.rows(); ++row) {
      const std::span<const float> dots = run.dots_of(row);
      for (const uint32_t k :
           best_of(dots.size(), width, [&](uint32_t index) { return dots[index]; })) {
        codes.push_back(run.codes[row]);
        const Chosen chosen = at_step(codes.back(), run.settings, step);
        chosen.indices[0] = k;
        run.compose(step, chosen);
        x_t.resize(codes.size() * run.d);
        run.move(q, run.row_of(run.x_t, row), run.row_of(run.x0, row),
                 run.row_of(x_t, codes.size() - 1));
      }
    }
    run.x_t = std::move(x_t);
    run.codes = std::move(codes);
  };
  impl->end = [keep](DdcmRun::Impl& run) { keep(run, 1); };
  return DdcmRun(std::move(impl));
}

DdcmRun Ddcm::replay(std::vector<DdcmCode> codes) const {
  need("ddcm", "codes", static_cast<int64_t>(codes.size()), 1, 1 << 16);
  for (const DdcmCode& code : codes) validate(code, settings_);
  auto impl = std::make_unique<DdcmRun::Impl>(settings_, denoise_, dimensions_, codes.size());
  impl->codes = std::move(codes);
  impl->act = [](DdcmRun::Impl& run, int step) { run.move_all(step, true); };
  return DdcmRun(std::move(impl));
}

}  // namespace rivulet::models

#include "rivulet/models/ddcm.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/data/palette.h"
#include "rivulet/io/combination.h"
#include "rivulet/models/ddcm_run.h"

namespace rivulet::models {
namespace {

size_t coefficients_a_step(const DdcmSettings& settings) {
  if (settings.form == CodeForm::single) return 0;
  const auto atoms = static_cast<size_t>(settings.atoms);
  return settings.form == CodeForm::turbo ? atoms : atoms - 1;
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

float share(uint32_t c, int coefficient_bits) {
  return static_cast<float>(c + 1) / static_cast<float>(1 << coefficient_bits);
}

uint32_t coefficient_limit(const DdcmSettings& settings) {
  return settings.form == CodeForm::turbo ? 2 : 1U << settings.coefficient_bits;
}

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
    data::snap_to_palette(x.subspan(row, d), model.pictures.palette);
  }
}

Shown colours_shown(const DiffusionModel& model, const DdcmSettings& settings) {
  if (!settings.snap || model.pictures.palette.empty()) return nullptr;
  return
      [palette = model.pictures.palette](std::span<float> x) { data::snap_to_palette(x, palette); };
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
  impl->aim = [pull = std::move(pull)](DdcmRun::Impl& run, int step) {
    run.r.resize(run.x_t.size());
    pull(run.levels[static_cast<size_t>(step)], run.x_t, run.x0, run.r);
  };
  impl->act = [choice, rng = Rng(seed)](DdcmRun::Impl& run, int step) mutable {
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

DdcmRun Ddcm::replay(std::vector<DdcmCode> codes) const {
  need("ddcm", "codes", static_cast<int64_t>(codes.size()), 1, 1 << 16);
  for (const DdcmCode& code : codes) validate(code, settings_);
  auto impl = std::make_unique<DdcmRun::Impl>(settings_, denoise_, dimensions_, codes.size());
  impl->codes = std::move(codes);
  impl->act = [](DdcmRun::Impl& run, int step) { run.move_all(step, true); };
  return DdcmRun(std::move(impl));
}

}  // namespace rivulet::models

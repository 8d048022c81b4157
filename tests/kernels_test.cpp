// The fast device's own kernels: agreement of instruction sets to the bit, and with the C library.
#include "rivulet/exec/xnnpack/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "compare.h"
#include "rivulet/exec/step.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

using exec::xnnpack::Kernel;
using exec::xnnpack::Kernels;

constexpr int64_t kernel_length = 256;

/// Ordinary, large, tiny and special numbers, with room for whole vectors behind.
std::vector<float> numbers(uint64_t seed) {
  std::vector<float> x(kernel_length + 96);
  Rng(seed).normal(x);
  for (size_t i = 0; i < x.size(); i += 3) x[i] *= 30.0F;
  for (size_t i = 1; i < x.size(); i += 7) x[i] *= 1e-6F;
  constexpr float limit = std::numeric_limits<float>::infinity();
  const float special[] = {
      0.0F,   -0.0F,   limit,      -limit, std::numeric_limits<float>::quiet_NaN(),
      1e-42F, -1e-42F, 3e38F,      -3e38F, 88.8F,
      -88.8F, -103.5F, 8388609.0F, 0.5F,   -0.5F,
      1e5F};
  std::copy(std::begin(special), std::end(special),
            x.begin() + static_cast<int64_t>(seed % 5) * 16);
  return x;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    // The sign and payload of what is not a number may differ.
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) return false;
  }
  return a.size() == b.size();
}

template <class F>
void check_same_on_all(F compute) {
  const std::vector<const Kernels*> sets = exec::xnnpack::available_kernels();
  const std::vector<float> first = compute(*sets.front());
  for (const Kernels* set : sets) {
    CAPTURE(set->name);
    CHECK(same_bits(compute(*set), first));
  }
}

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE("kernels: equal to the bit on every instruction set") {
  const std::vector<float> a = numbers(1);
  const std::vector<float> b = numbers(2);
  const std::vector<float> c = numbers(3);
  for (size_t kernel = 0; kernel < exec::xnnpack::kernel_count; ++kernel) {
    for (size_t mask = 0; mask < 8; ++mask) {
      if (exec::xnnpack::base_kernels().tile[kernel][mask] == nullptr) continue;
      CAPTURE(kernel);
      CAPTURE(mask);
      check_same_on_all([&](const Kernels& set) {
        std::vector<float> out(kernel_length);
        set.tile[kernel][mask](out.data(), a.data(), b.data() + 70, c.data() + 70, kernel_length);
        return out;
      });
    }
  }
}

TEST_CASE("kernels: reductions and thin products are equal to the bit") {
  const Tensor x = normal({40 * 400}, 9);
  for (const int64_t length : {1, 2, 5, 15, 16, 17, 31, 33, 64, 100, 333}) {
    CAPTURE(length);
    const auto with = [&](auto kernel, size_t results) {
      check_same_on_all([&](const Kernels& set) {
        std::vector<float> out(results);
        kernel(set, out.data());
        return out;
      });
    };
    const auto n = static_cast<size_t>(length);
    with([&](const Kernels& k, float* out) { k.sum_rows(out, x.data(), 7, length); }, 7);
    with([&](const Kernels& k, float* out) { k.max_rows(out, x.data(), 7, length); }, 7);
    with([&](const Kernels& k, float* out) { k.sum_columns(out, x.data(), 37, length, length); },
         n);
    with([&](const Kernels& k, float* out) { k.max_columns(out, x.data(), 37, length, length); },
         n);
    with([&](const Kernels& k, float* out) { k.softmax_rows(out, x.data(), 7, length); }, 7 * n);
    for (const int64_t m : {1, 2, 3, 4, 5, 8}) {
      with([&](const Kernels& k,
               float* out) { k.product_of_columns(out, x.data(), x.data() + 3000, m, 35, length); },
           static_cast<size_t>(m) * n);
    }
  }
}

TEST_CASE("kernels: the transposed product, of odd sizes and of parts of the rows") {
  for (const auto [m, k, n] :
       {std::array<int64_t, 3>{1, 1, 1}, {13, 5, 33}, {12, 128, 32}, {25, 129, 7}, {40, 300, 70}}) {
    CAPTURE(m);
    const Tensor a = normal({m * k + exec::over_read}, 1);
    const Tensor b = normal({k * n + exec::over_read}, 2);
    const int64_t begin = m / 2;  // the part: all rows from here
    std::vector<double> wanted;
    for (int64_t i = begin; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t l = 0; l < k; ++l) {
          sum += double{a[l * m + i]} * double{b[l * n + j]};
        }
        wanted.push_back(sum);
      }
    }
    for (const Kernels* kernels : exec::xnnpack::available_kernels()) {
      CAPTURE(kernels->name);
      std::vector<float> out(wanted.size() + 1, -7.0F);
      std::vector<float> scratch(static_cast<size_t>(exec::xnnpack::transposed_scratch(m - begin)));
      kernels->transposed_product(out.data(), a.data() + begin, b.data(),
                                  {.rows = m - begin, .m = m, .k = k, .n = n}, scratch.data());
      double difference = 0;
      for (size_t i = 0; i < wanted.size(); ++i) {
        difference = std::max(difference, std::abs(wanted[i] - double{out[i]}));
      }
      CHECK(difference < 1e-4);
      CHECK(out.back() == -7.0F);  // nothing is written behind the result
    }
  }
}

TEST_CASE("kernels: the product of few rows, by every instruction set") {
  for (const auto [k, n] : {std::array<int64_t, 2>{1, 1}, {5, 33}, {64, 64}, {67, 130}}) {
    for (int64_t m = 1; m <= exec::xnnpack::most_rows; ++m) {
      CAPTURE(m);
      CAPTURE(n);
      const Tensor a = normal({m * k}, 1);
      const Tensor b = normal({k * n}, 2);
      const Tensor bias = normal({n}, 3);
      for (const Kernels* kernels : exec::xnnpack::available_kernels()) {
        CAPTURE(kernels->name);
        const int64_t columns = kernels->row_panel;
        const int64_t panels = (n + columns - 1) / columns;
        std::vector<float> packed(static_cast<size_t>(panels * columns * k));
        for (int64_t i = 0; i < k * n; ++i) {
          const int64_t j = i % n;
          packed[static_cast<size_t>((j / columns * k + i / n) * columns + j % columns)] = b[i];
        }
        std::vector<float> out(static_cast<size_t>(m * n) + 1, -7.0F);
        for (int64_t first = 0; first < panels; ++first) {  // each panel by itself
          kernels->product_of_rows({.out = out.data(),
                                    .a = a.data(),
                                    .packed = packed.data() + first * columns * k,
                                    .bias = bias.data(),
                                    .m = m,
                                    .panels = {.k = k, .n = n, .first = first, .last = first + 1}});
        }
        double difference = 0;
        for (int64_t i = 0; i < m * n; ++i) {
          double wanted = double{bias[i % n]};
          for (int64_t l = 0; l < k; ++l)
            wanted += double{a[i / n * k + l]} * double{b[l * n + i % n]};
          difference = std::max(difference, std::abs(wanted - double{out[static_cast<size_t>(i)]}));
        }
        CHECK(difference < 1e-4);
        CHECK(out.back() == -7.0F);  // nothing is written behind the result
      }
    }
  }
}

namespace {

struct Matrices {
  int64_t m;
  int64_t k;
  int64_t n;
  Tensor a = normal({m * k}, 1);
  Tensor b = normal({k * n + exec::over_read}, 2);
  bool transposed = false;

  /// The largest error of out[m,n] = a b.
  [[nodiscard]] double error(const std::vector<float>& out) const {
    double most = 0;
    for (int64_t i = 0; i < m * n; ++i) {
      double wanted = 0;
      for (int64_t l = 0; l < k; ++l) {
        wanted += double{a[i / n * k + l]} * double{b[transposed ? i % n * k + l : l * n + i % n]};
      }
      most = std::max(most, std::abs(wanted - double{out[static_cast<size_t>(i)]}));
    }
    return most;
  }
};

/// By panels packed at once, and by panels packed one at a time.
void check_panels(const Kernels& kernels, const Matrices& x) {
  const int64_t panels = (x.n + kernels.row_panel - 1) / kernels.row_panel;
  std::vector<float> packed(static_cast<size_t>(panels * kernels.row_panel * x.k), NAN);
  std::vector<float> out(static_cast<size_t>(x.m * x.n) + 1, -7.0F);
  const exec::xnnpack::RowsProduct product{
      .out = out.data(),
      .a = x.a.data(),
      .packed = packed.data(),
      .bias = nullptr,
      .m = x.m,
      .panels = {.k = x.k, .n = x.n, .first = 0, .last = panels}};
  kernels.pack_panels(packed.data(), x.b.data(), product.panels, x.transposed);
  kernels.panels_product(product);
  CHECK(x.error(out) < 1e-4);
  const std::vector<float> ahead = out;
  std::ranges::fill(std::span(out).first(out.size() - 1), -5.0F);
  std::vector<float> panel(static_cast<size_t>(kernels.row_panel * x.k), NAN);
  kernels.packing_product(product, x.b.data(), x.transposed, panel.data());
  CHECK(same_bits(out, ahead));              // nothing is written behind the result either
  for (int64_t row = 0; row < x.m; ++row) {  // by itself
    exec::xnnpack::RowsProduct alone = product;
    std::vector<float> result(static_cast<size_t>(x.n));
    alone.out = result.data();
    alone.a += row * x.k;
    alone.m = 1;
    kernels.panels_product(alone);
    CHECK(std::ranges::equal(result, std::span(ahead).subspan(static_cast<size_t>(row * x.n),
                                                              static_cast<size_t>(x.n))));
  }
}

}  // namespace

TEST_CASE("kernels: products of packed panels, of any number of rows that know nothing of others") {
  for (const auto [k, n] :
       {std::array<int64_t, 2>{1, 1}, {5, 33}, {64, 64}, {67, 130}, {30, 256}}) {
    for (const int64_t m : {1, 2, 5, 6, 7, 11, 25}) {
      for (const bool transposed : {false, true}) {
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(transposed);
        for (const Kernels* kernels : exec::xnnpack::available_kernels()) {
          CAPTURE(kernels->name);
          check_panels(*kernels, {.m = m, .k = k, .n = n, .transposed = transposed});
        }
      }
    }
  }
}

TEST_CASE("kernels: short rows are sorted alike") {
  const std::vector<float> x = numbers(4);
  for (int64_t length = 1; length <= exec::xnnpack::longest_ranked; ++length) {
    CAPTURE(length);
    check_same_on_all([&](const Kernels& set) {
      std::vector<float> out(static_cast<size_t>(4 * length));
      set.argsort_rows(out.data(), x.data(), 4, length);
      return out;
    });
  }
}

TEST_CASE("kernels: functions are right to a few units in the last place") {
  struct Case {
    Kernel kernel;
    double (*exact)(double);
    float low;
    float high;
    double tolerance = 1e-6;
  };
  const Case cases[] = {
      {Kernel::exp, [](double x) { return std::exp(x); }, -87, 88},
      {Kernel::exp, [](double x) { return std::exp(x); }, -1e-3F, 1e-3F},
      {Kernel::log, [](double x) { return std::log(x); }, 1e-30F, 1e-3F},
      {Kernel::log, [](double x) { return std::log(x); }, 0.5F, 2.1F},
      {Kernel::log, [](double x) { return std::log(x); }, 2, 1e6F},
      {Kernel::tanh, [](double x) { return std::tanh(x); }, -10, 10},
      {Kernel::tanh, [](double x) { return std::tanh(x); }, -1e-4F, 1e-4F},
      {Kernel::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -80, 80},
      {Kernel::erf, [](double x) { return std::erf(x); }, -5, 5},
      {Kernel::erf, [](double x) { return std::erf(x); }, -1e-4F, 1e-4F},
      {Kernel::sin, [](double x) { return std::sin(x); }, -100, 100},
      {Kernel::sin, [](double x) { return std::sin(x); }, -8192, 8192, 1e-5},
      {Kernel::sin, [](double x) { return std::sin(x); }, 8192, 1e6F},
      {Kernel::cos, [](double x) { return std::cos(x); }, -100, 100},
      {Kernel::cos, [](double x) { return std::cos(x); }, -8192, 8192, 1e-5},
      {Kernel::sqrt, [](double x) { return std::sqrt(x); }, 1e-6F, 1e6F},
      {Kernel::rsqrt, [](double x) { return 1 / std::sqrt(x); }, 1e-6F, 1e6F},
      {Kernel::floor, [](double x) { return std::floor(x); }, -1e7F, 1e7F, 0},
      {Kernel::floor, [](double x) { return std::floor(x); }, -3, 3, 0},
  };
  constexpr int64_t count = 20000;
  std::vector<float> x(count + 16);
  std::vector<float> y(count + 16);
  for (const Case& c : cases) {
    for (size_t i = 0; i < count; ++i) {
      x[i] = c.low + (c.high - c.low) * (static_cast<float>(i) + 0.37F) / count;
    }
    exec::xnnpack::best_kernels().tile[static_cast<size_t>(c.kernel)][0](y.data(), x.data(),
                                                                         x.data(), x.data(), count);
    double worst = 0;
    for (size_t i = 0; i < count; ++i) {
      const double exact = c.exact(double{x[i]});
      worst = std::max(worst, std::fabs(double{y[i]} - exact) / std::max(std::fabs(exact), 1e-37));
    }
    CAPTURE(static_cast<int>(c.kernel));
    CAPTURE(c.low);
    CHECK(worst <= c.tolerance);
  }
}

TEST_SUITE_END();

#include "rivulet/exec/gpu/math.h"

#include <array>
#include <limits>

namespace rivulet::exec::gpu {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// c[0] x^(n-1) + ... + c[n-1]
Val polynomial(Val x, std::span<const float> c) {
  Val p = x * c[0] + c[1];
  for (const float next : c.subspan(2)) p = p * x + next;
  return p;
}

/// -x, which differs from 0 - x for zeros.
Val negative(Val x) { return x * -1.0F; }

Val with_sign_of(Val size, Val x) { return pick(less(x, 0.0F), negative(size), size); }

/// To the nearest whole number. To add and take away 1.5 2^23, as processors like it, does nothing
/// where a compiler may reckon as with real numbers, as those of WGSL may.
Val rounded(Val x) { return floor(x + 0.5F); }

Val log_of(Val x) {
  constexpr std::array coefficients{7.0376836292e-2F,  -1.1514610310e-1F, 1.1676998740e-1F,
                                    -1.2420140846e-1F, 1.4249322787e-1F,  -1.6668057665e-1F,
                                    2.0000714765e-1F,  -2.4999993993e-1F, 3.3333331174e-1F};
  const Val tiny = less(x, 1.17549435e-38F);
  const Val i = bits_of(pick(tiny, x * 8388608.0F, x));
  // x = 2^e m, sqrt(1/2) <= m < sqrt(2)
  const Val exponent = bit_and(shift_right(i, 23), 0xff) - 126;
  const Val half = real_of(bit_and(i, 0x007fffff) + 0x3f000000);
  const Val low = less(half, 0.707106781186547524F);
  const Val e = to_real(exponent - pick(tiny, i.builder->integer(23), 0)) +
                pick(low, x.builder->real(-1), 0.0F);
  const Val m = pick(low, half + half, half) - 1.0F;
  const Val z = m * m;
  Val y = m * z * polynomial(m, coefficients);
  y = y + e * -2.12194440e-4F;
  y = y - z * 0.5F;
  y = (m + y) + e * 0.693359375F;
  y = pick(equal(x, infinity), x, y);
  y = pick(equal(x, 0.0F), x.builder->real(-infinity), y);
  return pick(at_most(0.0F, x), y, x.builder->real(not_a_number));
}

Val sigmoid_of(Val x) { return 1.0F / (1.0F + exp_of(negative(x))); }

Val tanh_of(Val x) {
  constexpr std::array coefficients{-5.70498872745e-3F, 2.06390887954e-2F, -5.37397155531e-2F,
                                    1.33314422036e-1F, -3.33332819422e-1F};
  const Val size = abs(x);
  const Val z = x * x;
  const Val near = polynomial(z, coefficients) * z * x + x;
  const Val far = with_sign_of(1.0F - 2.0F / (exp_of(size + size) + 1.0F), x);
  return pick(less(size, 0.625F), near, far);
}

/// A rational function of x up to 4, where erf is 1 in single precision.
Val erf_of(Val x) {
  constexpr std::array above{-2.72614225801306e-10F, 2.77068142495902e-08F,  -2.10102402082508e-06F,
                             -5.69250639462346e-05F, -7.34990630326855e-04F, -2.95459980854025e-03F,
                             -1.60960333262415e-02F};
  constexpr std::array below{-1.45660718464996e-05F, -2.13374055278905e-04F, -1.68282697438203e-03F,
                             -7.37332916720468e-03F, -1.42647390514189e-02F};
  const Val c = pick(less(4.0F, abs(x)), with_sign_of(x.builder->real(4), x), x);
  const Val z = c * c;
  return c * polynomial(z, above) / polynomial(z, below);
}

/// sin(x + quarter * pi/2). Reduced by pi/2 in three parts, good up to 8192; beyond, the card's
/// own.
Val sine(Val x, int quarter) {
  constexpr std::array odd{-1.9515295891e-4F, 8.3321608736e-3F, -1.6666654611e-1F};
  constexpr std::array even{2.443315711809948e-5F, -1.388731625493765e-3F, 4.166664568298827e-2F};
  const Val n = rounded(x * 0.636619772367581343F);
  const Val octant = to_integer(pick(at_most(abs(x), 8192.0F), n, 0.0F)) + quarter;
  const Val r = ((x - n * 1.5703125F) - n * 4.837512969970703125e-4F) - n * 7.549789954891882e-8F;
  const Val z = r * r;
  const Val s = polynomial(z, odd) * z * r + r;
  const Val c = polynomial(z, even) * z * z - 0.5F * z + 1.0F;
  const Val y = pick(equal(bit_and(octant, 1), 0), s, c);
  const Val near = real_of(bit_xor(bits_of(y), shift_left(bit_and(octant, 2), 30)));
  const Val far = detail::apply(quarter == 0 ? Code::sin : Code::cos, Type::real, x);
  return pick(at_most(abs(x), 8192.0F), near, far);
}

Val truth(Val condition) {
  return pick(condition, condition.builder->real(1), condition.builder->real(0));
}

}  // namespace

Val exp_of(Val x) {
  constexpr std::array coefficients{1.9875691500e-4F, 1.3981999507e-3F, 8.3334519073e-3F,
                                    4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F};
  Val c = pick(less(89.0F, x), x.builder->real(89), x);
  c = pick(less(c, -104.0F), x.builder->real(-104), c);
  const Val n = rounded(c * 1.44269504088896341F);
  const Val r = (c - n * 0.693359375F) - n * -2.12194440e-4F;
  const Val p = (polynomial(r, coefficients) * (r * r) + r) + 1.0F;
  // 2^n in two factors, so that results below the normal range are right.
  const Val whole = to_integer(n);
  const Val half = shift_right(whole, 1);
  const Val result =
      p * real_of(shift_left(half + 127, 23)) * real_of(shift_left(whole - half + 127, 23));
  return pick(is_number(x), result, x);  // what becomes of NaN on the way is the card's affair
}

Val is_number(Val x) { return at_most(bit_and(bits_of(x), 0x7fffffff), 0x7f800000); }

Val evaluate(plan::Kernel kernel, std::span<const Val> operands) {
  using plan::Kernel;
  const Val x = operands[0];
  const Val y = operands.size() > 1 ? operands[1] : x;
  const Val z = operands.size() > 2 ? operands[2] : x;
  Builder& b = *x.builder;
  switch (kernel) {
    case Kernel::copy:
      return x;
    case Kernel::neg:
      return negative(x);
    case Kernel::abs:
      return abs(x);
    case Kernel::sign:
      return truth(less(0.0F, x)) - truth(less(x, 0.0F));
    case Kernel::step:
      return truth(less(0.0F, x));
    case Kernel::floor:
      return floor(x);
    case Kernel::exp:
      return exp_of(x);
    case Kernel::log:
      return log_of(x);
    case Kernel::sqrt:
      return sqrt(x);
    case Kernel::rsqrt:
      return 1.0F / sqrt(x);
    case Kernel::reciprocal:
      return 1.0F / x;
    case Kernel::square:
      return x * x;
    case Kernel::sin:
      return sine(x, 0);
    case Kernel::cos:
      return sine(x, 1);
    case Kernel::tanh:
      return tanh_of(x);
    case Kernel::sigmoid:
      return sigmoid_of(x);
    case Kernel::erf:
      return erf_of(x);
    case Kernel::add:
      return x + y;
    case Kernel::sub:
      return x - y;
    case Kernel::mul:
      return x * y;
    case Kernel::div:
      return x / y;
    case Kernel::maximum:
      return pick(less(x, y), y, x);
    case Kernel::minimum:
      return pick(less(y, x), y, x);
    case Kernel::less:
      return truth(less(x, y));
    case Kernel::select:
      return pick(equal(x, b.real(0)), z, y);
    case Kernel::mul_add:
      return x * y + z;
    case Kernel::mul_sub:
      return x * y - z;
    case Kernel::sub_mul:
      return z - x * y;
    default:
      return {};  // an op without a formula here: the host computes it
  }
}

}  // namespace rivulet::exec::gpu

// Builds kernels: arithmetic on values appends lines.
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/exec/gpu/kernel.h"

namespace rivulet::exec::gpu {

class Builder;

/// A value that a kernel computes. Cheap to copy; valid while its builder lives and is not moved.
struct Val {
  Builder* builder = nullptr;
  int line = -1;
};

/// An array that a group shares.
struct Shared {
  int index;
};

class Builder {
 public:
  /// `subgroup`: threads of one, where they can read values of each other.
  explicit Builder(std::string name, int threads = 256, int subgroup = 0);
  Builder(const Builder&) = delete;  // values point to it
  Builder& operator=(const Builder&) = delete;

  [[nodiscard]] Val real(float value);
  [[nodiscard]] Val integer(int64_t value);
  [[nodiscard]] Val group() { return value({.code = Code::group, .type = Type::integer}); }
  [[nodiscard]] Val lane() { return value({.code = Code::lane, .type = Type::integer}); }
  /// This thread among those of all groups.
  [[nodiscard]] Val thread();

  [[nodiscard]] int operand() { return kernel_.operands++; }
  [[nodiscard]] Val load(int operand, Val index);
  void store(int operand, Val index, Val value);
  [[nodiscard]] Shared share(int64_t floats) { return share_array(floats, false); }
  [[nodiscard]] Shared share_halves(int64_t halves) { return share_array(halves, true); }
  [[nodiscard]] Val load(Shared array, Val index);
  void store(Shared array, Val index, Val value);

  [[nodiscard]] Val variable(Val first);
  [[nodiscard]] Val get(Val variable);
  void set(Val variable, Val value);

  /// body(i) for i = begin, begin + step, ... below end.
  template <class Body>
  void loop(Val begin, Val end, int64_t step, const Body& body) {
    const Val i = open_loop(begin, end, step);
    body(i);
    close();
  }
  template <class Body>
  void when(Val condition, const Body& body) {
    open_when(condition);
    body();
    close();
  }
  /// Leaves the innermost loop.
  void leave(Val condition) { append({.code = Code::leave, .args = {condition.line, -1, -1}}); }
  /// All threads of the group come here, or none.
  void barrier() { append({.code = Code::barrier}); }

  [[nodiscard]] int threads() const { return kernel_.threads; }
  /// Threads of a subgroup: 1 where they cannot read values of each other.
  [[nodiscard]] int subgroup_size() const { return subgroup_size_; }
  /// `x` of the thread of this number in the subgroup.
  [[nodiscard]] Val shuffle(Val x, Val number);

  // Small matrices: see Code.

  void use(const MatrixUnit& unit) {
    kernel_.subgroup = subgroup_size_;
    kernel_.unit = unit;
  }
  [[nodiscard]] Val subgroup() { return value({.code = Code::subgroup, .type = Type::integer}); }
  /// A variable; all of it begins as zero.
  [[nodiscard]] Val product();
  [[nodiscard]] Val load_left(Shared array, Val at, int64_t row);
  [[nodiscard]] Val load_right(Shared array, Val at, int64_t row);
  void multiply(Val product, Val left, Val right) {
    append({.code = Code::multiply, .args = {product.line, left.line, right.line}});
  }
  void store_product(Shared array, Val at, int64_t row, Val product);

  [[nodiscard]] Kernel finish(int64_t groups);

  // For the operators below.

  [[nodiscard]] Val value(const Line& line);
  [[nodiscard]] Type type_of(Val x) const { return line_of(x).type; }
  /// A number of that value's type.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  [[nodiscard]] Val like(Val x, Number number) {
    return type_of(x) == Type::integer ? integer(static_cast<int64_t>(number))
                                       : real(static_cast<float>(number));
  }

 private:
  [[nodiscard]] const Line& line_of(Val x) const {
    return kernel_.lines[static_cast<size_t>(x.line)];
  }
  [[nodiscard]] Val folded(const Line& line);
  int append(const Line& line);
  [[nodiscard]] Shared share_array(int64_t size, bool halves);
  [[nodiscard]] Val load_factor(Code code, Type type, Shared array, Val at, int64_t row);
  [[nodiscard]] Val open_loop(Val begin, Val end, int64_t step);
  void open_when(Val condition);
  void close();

  Kernel kernel_;
  int subgroup_size_;
  std::vector<std::map<Line, int>> known_;  // equal values are computed once in a scope
};

/// A value, or a number that becomes one of the other operand's type.
template <class T>
concept Operandlike = std::same_as<T, Val> || std::is_arithmetic_v<T>;
template <class A, class B>
concept OneValue = Operandlike<A> && Operandlike<B> &&
    (std::same_as<A, Val> || std::same_as<B, Val>);

namespace detail {

template <class A, class B>
[[nodiscard]] std::pair<Val, Val> both_values(A a, B b) {
  if constexpr (!std::same_as<A, Val>) {
    return {b.builder->like(b, a), b};
  } else if constexpr (!std::same_as<B, Val>) {
    return {a, a.builder->like(a, b)};
  } else {
    return {a, b};
  }
}

template <class A, class B>
[[nodiscard]] Val apply(Code code, A a, B b) {
  const auto [x, y] = both_values(a, b);
  const bool truth = code == Code::less || code == Code::at_most || code == Code::equal;
  return x.builder->value({.code = code,
                           .type = truth ? Type::boolean : x.builder->type_of(x),
                           .args = {x.line, y.line, -1}});
}

[[nodiscard]] Val apply(Code code, Type type, Val x, int number = 0);

}  // namespace detail

template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val operator+(A a, B b) { return detail::apply(Code::add, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val operator-(A a, B b) { return detail::apply(Code::sub, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val operator*(A a, B b) { return detail::apply(Code::mul, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val operator/(A a, B b) { return detail::apply(Code::div, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val operator%(A a, B b) { return detail::apply(Code::rem, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val less(A a, B b) { return detail::apply(Code::less, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val at_most(A a, B b) { return detail::apply(Code::at_most, a, b); }
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val equal(A a, B b) { return detail::apply(Code::equal, a, b); }

[[nodiscard]] inline Val both(Val a, Val b) { return detail::apply(Code::both, a, b); }
[[nodiscard]] inline Val either(Val a, Val b) { return detail::apply(Code::either, a, b); }
[[nodiscard]] inline Val opposite(Val a) { return detail::apply(Code::opposite, Type::boolean, a); }
[[nodiscard]] Val fma(Val a, Val b, Val c);
[[nodiscard]] Val pick_value(Val condition, Val a, Val b);
template <class A, class B>
requires OneValue<A, B>
[[nodiscard]] Val pick(Val condition, A a, B b) {
  const auto [x, y] = detail::both_values(a, b);
  return pick_value(condition, x, y);
}

[[nodiscard]] inline Val floor(Val x) { return detail::apply(Code::floor, Type::real, x); }
[[nodiscard]] inline Val sqrt(Val x) { return detail::apply(Code::sqrt, Type::real, x); }
[[nodiscard]] inline Val abs(Val x) { return detail::apply(Code::abs, Type::real, x); }
[[nodiscard]] inline Val to_integer(Val x) {
  return detail::apply(Code::to_integer, Type::integer, x);
}
[[nodiscard]] inline Val to_real(Val x) { return detail::apply(Code::to_real, Type::real, x); }
[[nodiscard]] inline Val bits_of(Val x) { return detail::apply(Code::bits_of, Type::integer, x); }
[[nodiscard]] inline Val real_of(Val x) { return detail::apply(Code::real_of, Type::real, x); }
[[nodiscard]] inline Val shift_left(Val x, int by) {
  return detail::apply(Code::shift_left, Type::integer, x, by);
}
[[nodiscard]] inline Val shift_right(Val x, int by) {
  return detail::apply(Code::shift_right, Type::integer, x, by);
}
template <class B>
[[nodiscard]] Val bit_and(Val a, B b) {
  return detail::apply(Code::bit_and, a, b);
}
[[nodiscard]] inline Val bit_xor(Val a, Val b) { return detail::apply(Code::bit_xor, a, b); }

}  // namespace rivulet::exec::gpu

#include "rivulet/exec/gpu/build.h"

#include <bit>
#include <limits>
#include <optional>

#include "rivulet/core/error.h"

namespace rivulet::exec::gpu {
namespace {

/// Of two whole numbers that are known.
std::optional<int64_t> computed(Code code, int64_t a, int64_t b) {
  switch (code) {
    case Code::add:
      return a + b;
    case Code::sub:
      return a - b;
    case Code::mul:
      return a * b;
    case Code::div:
      return a / b;
    case Code::rem:
      return a % b;
    default:
      return std::nullopt;
  }
}

}  // namespace

Builder::Builder(std::string name, int threads, int subgroup)
    : subgroup_size_(subgroup > 0 && threads % subgroup == 0 ? subgroup : 1), known_(1) {
  kernel_.name = std::move(name);
  kernel_.threads = threads;
}

Val Builder::real(float value) {
  return this->value(
      {.code = Code::real, .type = Type::real, .number = std::bit_cast<int32_t>(value)});
}

Val Builder::integer(int64_t value) {
  if (value != static_cast<int32_t>(value)) fail("gpu", "a value is too large for one kernel");
  return this->value(
      {.code = Code::integer, .type = Type::integer, .number = static_cast<int32_t>(value)});
}

Val Builder::thread() {
  const Val first = group() * kernel_.threads;
  return first + lane();
}

Val Builder::load(int operand, Val index) {
  return {this, append({.code = Code::load,
                        .type = Type::real,
                        .args = {index.line, -1, -1},
                        .number = operand})};
}

void Builder::store(int operand, Val index, Val value) {
  append({.code = Code::store, .args = {index.line, value.line, -1}, .number = operand});
}

Shared Builder::share_array(int64_t size, bool halves) {
  kernel_.shared.push_back({.size = static_cast<int>(size), .halves = halves});
  return {static_cast<int>(kernel_.shared.size()) - 1};
}

Val Builder::load(Shared array, Val index) {
  return {this, append({.code = Code::load_shared,
                        .type = Type::real,
                        .args = {index.line, -1, -1},
                        .number = array.index})};
}

void Builder::store(Shared array, Val index, Val value) {
  append({.code = Code::store_shared, .args = {index.line, value.line, -1}, .number = array.index});
}

Val Builder::variable(Val first) {
  return {this,
          append({.code = Code::variable, .type = type_of(first), .args = {first.line, -1, -1}})};
}

Val Builder::get(Val variable) {
  return {this,
          append({.code = Code::get, .type = type_of(variable), .args = {variable.line, -1, -1}})};
}

void Builder::set(Val variable, Val value) {
  append({.code = Code::set, .args = {variable.line, value.line, -1}});
}

Val Builder::shuffle(Val x, Val number) {
  kernel_.subgroup = subgroup_size_;
  return value({.code = Code::shuffle, .type = type_of(x), .args = {x.line, number.line, -1}});
}

Val Builder::product() {
  return {this,
          append({.code = Code::variable, .type = Type::product, .args = {real(0).line, -1, -1}})};
}

Val Builder::load_factor(Code code, Type type, Shared array, Val at, int64_t row) {
  return {this, append({.code = code,
                        .type = type,
                        .args = {at.line, integer(row).line, -1},
                        .number = array.index})};
}

Val Builder::load_left(Shared array, Val at, int64_t row) {
  return load_factor(Code::load_left, Type::left, array, at, row);
}

Val Builder::load_right(Shared array, Val at, int64_t row) {
  return load_factor(Code::load_right, Type::right, array, at, row);
}

void Builder::store_product(Shared array, Val at, int64_t row, Val product) {
  append({.code = Code::store_product,
          .args = {at.line, integer(row).line, product.line},
          .number = array.index});
}

Kernel Builder::finish(int64_t groups) {
  kernel_.groups = groups;
  return std::move(kernel_);
}

Val Builder::value(const Line& line) {
  if (const Val known = folded(line); known.line >= 0) return known;
  for (const auto& scope : known_) {
    if (const auto found = scope.find(line); found != scope.end()) return {this, found->second};
  }
  const int index = append(line);
  known_.back().emplace(line, index);
  return {this, index};
}

/// What needs no line: sums and products of whole numbers that are known, and with 0 or 1.
Val Builder::folded(const Line& line) {
  if (line.type != Type::integer || line.args[1] < 0 || line.code == Code::select) return {};
  const Line& a = kernel_.lines[static_cast<size_t>(line.args[0])];
  const Line& b = kernel_.lines[static_cast<size_t>(line.args[1])];
  const bool number_a = a.code == Code::integer;
  if (b.code != Code::integer) {
    if (number_a && a.number == 0 && line.code == Code::add) return {this, line.args[1]};
    return {};
  }
  if (number_a && (b.number != 0 || line.code <= Code::mul)) {
    if (const auto result = computed(line.code, a.number, b.number)) return integer(*result);
  }
  const bool sum = line.code == Code::add || line.code == Code::sub;
  const bool product = line.code == Code::mul || line.code == Code::div;
  if ((sum && b.number == 0) || (product && b.number == 1)) return {this, line.args[0]};
  if ((line.code == Code::mul && b.number == 0) || (line.code == Code::rem && b.number == 1)) {
    return integer(0);
  }
  return {};
}

int Builder::append(const Line& line) {
  kernel_.lines.push_back(line);
  return static_cast<int>(kernel_.lines.size()) - 1;
}

Val Builder::open_loop(Val begin, Val end, int64_t step) {
  known_.emplace_back();
  return {this, append({.code = Code::loop,
                        .type = Type::integer,
                        .args = {begin.line, end.line, -1},
                        .number = static_cast<int32_t>(step)})};
}

void Builder::open_when(Val condition) {
  known_.emplace_back();
  append({.code = Code::when, .args = {condition.line, -1, -1}});
}

void Builder::close() {
  append({.code = Code::end});
  known_.pop_back();
}

Val detail::apply(Code code, Type type, Val x, int number) {
  return x.builder->value({.code = code, .type = type, .args = {x.line, -1, -1}, .number = number});
}

Val fma(Val a, Val b, Val c) {
  return a.builder->value(
      {.code = Code::fma, .type = Type::real, .args = {a.line, b.line, c.line}});
}

Val pick_value(Val condition, Val a, Val b) {
  return a.builder->value({.code = Code::select,
                           .type = a.builder->type_of(a),
                           .args = {condition.line, a.line, b.line}});
}

}  // namespace rivulet::exec::gpu

#include "rivulet/nn/params.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/graph/ops.h"

namespace rivulet::nn {
namespace {

uint64_t hash_of(std::string_view name) {  // FNV-1a: equal on every machine, unlike std::hash
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

First begin_as(Init init, const Rng& rng) {
  if (init.kind == Init::Kind::constant) return filled(init.scale);
  return [scale = init.scale, rng](std::span<float> values) {
    Rng(rng).normal(values);
    for (float& value : values) value *= scale;
  };
}

/// As in a file.
First begin_as(const io::SafeTensors& file, const std::string& name, const Shape& shape) {
  const Tensor& tensor = file.at(name);
  if (!(tensor.shape() == shape)) {
    fail("weights", "'" + name + "' is " + tensor.shape().str() + ", not " + shape.str());
  }
  return [&tensor](std::span<float> values) { std::ranges::copy(tensor.span(), values.begin()); };
}

/// As another state.
First begin_as(Value state) {
  const int first = state.node().first;
  if (first < 0) fail("params", state.node().name + " is not a state, so it has no first value");
  return state.graph->first(first);
}

}  // namespace

Init Init::fan_in(int64_t inputs, float gain) {
  return normal(gain / std::sqrt(static_cast<float>(inputs)));
}

Params Params::over(std::vector<Param> values) {
  Params params;
  params.params_ = std::move(values);
  return params;
}

Value Params::get(std::string_view name, const Shape& shape, Init init) {
  for (const Param& param : params_) {
    if (param.name != name) continue;
    if (!(param.value.shape() == shape)) {
      fail("params", param.name + " has shape " + param.value.shape().str() + ", asked for as " +
                         shape.str());
    }
    return param.value;
  }
  std::string key(name);
  if (graph_ == nullptr) fail("params", "there is no tensor named " + key);
  const std::string state = prefix_ + key;
  const auto first = [&] {
    if (file_ != nullptr) return begin_as(*file_, key, shape);
    if (original_ != nullptr) return begin_as(original_->get(name, shape, init));
    return begin_as(init, Rng(seed_).fork(hash_of(state)));
  };
  const Value value = graph_->state(state, shape, first());
  params_.push_back({std::move(key), value});
  return value;
}

void Params::set(std::string_view name, Value next) {
  if (graph_ == nullptr || original_ != nullptr || settled_) return;
  const auto found = std::ranges::find(params_, name, &Param::name);
  if (found == params_.end()) fail("params", "there is no tensor named " + std::string(name));
  found->next.push_back(next);
}

std::vector<Value> Params::values() const {
  std::vector<Value> values;
  values.reserve(params_.size());
  for (const Param& param : params_) values.push_back(param.value);
  return values;
}

Params Params::map(const std::function<Value(const Param&)>& f) const {
  std::vector<Param> mapped;
  mapped.reserve(params_.size());
  for (const Param& param : params_) mapped.push_back({param.name, f(param)});
  return over(std::move(mapped));
}

Params Params::copy_states(const std::string& prefix) {
  if (graph_ == nullptr) fail("params", "what is no state has no first value to copy");
  Params copies(*graph_, seed_, prefix + prefix_);
  copies.original_ = this;
  return copies;
}

Params Params::learned() const {
  std::vector<Param> learned;
  std::ranges::copy_if(params_, std::back_inserter(learned),
                       [](const Param& param) { return param.next.empty(); });
  return over(std::move(learned));
}

Params Params::frozen() const {
  return map([](const Param& param) { return stop_gradient(param.value); });
}

int64_t Params::count() const {
  int64_t count = 0;
  for (const Param& param : params_) count += param.value.shape().numel();
  return count;
}

}  // namespace rivulet::nn

#include "rivulet/io/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rivulet::io {
namespace {

using Nlohmann = nlohmann::json;

/// Puts together what the parser comes upon.
class Reader : public nlohmann::json_sax<Nlohmann> {
 public:
  explicit Reader(const JsonLimits& limits) : limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // not in texts
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    if (open_.back().value.find(key)) throw JsonError(fmt::format("\"{}\" is there twice", key));
    open_.back().key = std::move(key);
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    throw JsonError(error.what());
  }

 private:
  struct Level {
    Json value;
    std::string key;  ///< of the member that comes next
    size_t size = 0;
  };

  bool open(Json value) {
    if (open_.size() == static_cast<size_t>(limits_.depth)) {
      throw JsonError(fmt::format("it is nested more than {} deep", limits_.depth));
    }
    open_.push_back({.value = std::move(value), .key = {}});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = open_.back(); level.value.is_object()) {
      level.value[level.key] = std::move(value);
    } else if (++level.size > limits_.array_size) {
      throw JsonError(fmt::format("an array has more than {} values", limits_.array_size));
    } else {
      level.value.push_back(std::move(value));
    }
    return true;
  }

  JsonLimits limits_;
  std::vector<Level> open_;
  Json root_;
};

/// Writes a value, with what comes inside an array or object on lines of their own when indented.
class Writer {
 public:
  explicit Writer(std::optional<int> indent) : indent_(indent) {}

  void operator()(std::monostate) { text += "null"; }
  void operator()(const Json::Array& values) {
    text += '[';
    ++depth_;
    for (const Json& value : values) {
      next(&value == values.data());
      value.visit(*this);
    }
    close(']', values.empty());
  }
  void operator()(const Json::Object& members) {
    text += '{';
    ++depth_;
    bool first = true;
    for (const auto& [key, value] : members) {
      next(std::exchange(first, false));
      (*this)(key);
      text += indent_ ? ": " : ":";
      value.visit(*this);
    }
    close('}', members.empty());
  }
  void operator()(const auto& plain) {  // a number, a text
    try {
      text += Nlohmann(plain).dump();
    } catch (const Nlohmann::exception& error) {
      throw JsonError(error.what());
    }
  }

  std::string text;

 private:
  void next(bool first) {
    if (!first) text += ',';
    new_line();
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) new_line();
    text += bracket;
  }
  void new_line() {
    if (indent_) text.append(1, '\n').append(static_cast<size_t>(*indent_ * depth_), ' ');
  }

  std::optional<int> indent_;
  int depth_ = 0;
};

}  // namespace

Json::Json(std::initializer_list<Json> values) {
  const bool pairs = std::ranges::all_of(values, [](const Json& value) {
    const auto* pair = std::get_if<Array>(&value.value_);
    return pair && pair->size() == 2 && pair->front().is_text();
  });
  if (!pairs) {
    value_ = Array(values);
    return;
  }
  Object members;
  for (const Json& value : values) {
    const Array& pair = value.values();
    members[pair[0].text()] = pair[1];
  }
  value_ = std::move(members);
}

Json& Json::operator[](const std::string& key) {
  if (std::holds_alternative<std::monostate>(value_)) value_ = Object();
  (void)members();
  return std::get<Object>(value_)[key];
}

void Json::push_back(Json value) {
  (void)values();
  std::get<Array>(value_).push_back(std::move(value));
}

std::string Json::dump(std::optional<int> indent) const {
  Writer writer(indent);
  visit(writer);
  return std::move(writer.text);
}

Json Json::parse(std::string_view text, const JsonLimits& limits) {
  Reader reader(limits);
  Nlohmann::sax_parse(text, &reader);
  return reader.take();
}

bool Json::is_integer() const {
  const auto* value = std::get_if<uint64_t>(&value_);
  return value ? std::in_range<int64_t>(*value) : std::holds_alternative<int64_t>(value_);
}

int64_t Json::integer() const {
  if (!is_integer()) throw JsonError("a value is not a whole number of 64 bits");
  const auto* value = std::get_if<int64_t>(&value_);
  return value ? *value : static_cast<int64_t>(unsigned_integer());
}

uint64_t Json::unsigned_integer() const {
  if (const auto* value = std::get_if<uint64_t>(&value_)) return *value;
  throw JsonError("a value is not a whole number");
}

const std::string& Json::text() const {
  if (const auto* value = std::get_if<std::string>(&value_)) return *value;
  throw JsonError("a value is not a text");
}

const Json::Array& Json::values() const {
  if (const auto* value = std::get_if<Array>(&value_)) return *value;
  throw JsonError("a value is not an array");
}

const Json::Object& Json::members() const {
  if (const auto* value = std::get_if<Object>(&value_)) return *value;
  throw JsonError("a value is not an object");
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> texts;
  for (const Json& value : values()) texts.push_back(value.text());
  return texts;
}

const Json& Json::at(const std::string& key) const {
  if (const Json* value = find(key)) return *value;
  throw JsonError(fmt::format("there is no \"{}\"", key));
}

const Json* Json::find(const std::string& key) const {
  const auto found = members().find(key);
  return found == members().end() ? nullptr : &found->second;
}

}  // namespace rivulet::io

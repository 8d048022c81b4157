// JSON as a value: built and written by the command line, read from files with suspicion. The text
// is parsed by nlohmann::json, included by json.cpp alone: it takes seconds to compile.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rivulet/core/error.h"

namespace rivulet::io {

/// A text that is no JSON or beyond the limits, or a value of another kind than was asked for.
class JsonError : public Error {
 public:
  using Error::Error;
};

struct JsonLimits {
  int depth = 64;                                          ///< of arrays and objects
  size_t array_size = std::numeric_limits<size_t>::max();  ///< values in one array
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json>;

  // ---- Building: from numbers, texts, ranges and maps, and from braces as they are nested in
  // JSON:
  // {{"name", "x"}, {"shape", {2, 3}}} is an object, since each of its pairs begins with a text.
  Json() = default;  ///< null
  Json(bool value) : value_(value) {}
  template <std::signed_integral T>
  Json(T value) : value_(int64_t{value}) {}
  template <std::unsigned_integral T>
  Json(T value) : value_(uint64_t{value}) {}
  template <std::floating_point T>
  Json(T value) : value_(double{value}) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::initializer_list<Json> values);
  Json(Array values) : value_(std::move(values)) {}
  Json(Object members) : value_(std::move(members)) {}
  template <class T>
  Json(const std::vector<T>& values) : value_(Array(values.begin(), values.end())) {}
  template <class T>
  Json(const std::map<std::string, T>& members) : value_(Object(members.begin(), members.end())) {}
  [[nodiscard]] static Json array() { return Array(); }
  [[nodiscard]] static Json object() { return Object(); }

  /// The member of an object, made where it is missing; null becomes an object.
  Json& operator[](const std::string& key);
  void push_back(Json value);  ///< to an array

  /// One line, or lines indented by so many spaces. Members are sorted by key; numbers that are not
  /// finite are null. Throws JsonError where a text is not UTF-8.
  [[nodiscard]] std::string dump(std::optional<int> indent = std::nullopt) const;

  // ---- Reading: what is of another kind throws JsonError
  /// Refuses, before memory is spent, what exceeds the limits, and keys that occur twice.
  [[nodiscard]] static Json parse(std::string_view text, const JsonLimits& limits = {});
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(value_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }
  [[nodiscard]] bool is_text() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_integer() const;  ///< a whole number of 64 bits with a sign
  /// A whole number >= 0.
  [[nodiscard]] bool is_unsigned() const { return std::holds_alternative<uint64_t>(value_); }
  [[nodiscard]] int64_t integer() const;
  [[nodiscard]] uint64_t unsigned_integer() const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] const Array& values() const;
  [[nodiscard]] const Object& members() const;
  [[nodiscard]] std::vector<std::string> texts() const;  ///< of an array of them
  [[nodiscard]] const Json& at(const std::string& key) const;
  [[nodiscard]] const Json* find(const std::string& key) const;  ///< null: there is none
  /// Calls with what is held: std::monostate for null, bool, int64_t, uint64_t, ...
  void visit(auto& visitor) const { std::visit(visitor, value_); }

 private:
  // Whole numbers that are read are unsigned where they are not negative.
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace rivulet::io

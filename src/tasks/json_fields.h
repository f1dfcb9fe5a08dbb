// SPDX-License-Identifier: GPL-2.0-or-later
// Reads and writes plain structs as JSON objects from one list of their fields. A struct takes part by a function
// `fields(visitor, value)`, found by argument-dependent lookup or declared before use, that calls
// visitor("name", value.member) for each member; an enum by a specialisation of EnumNames.
#pragma once

#include "base/error.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hevcpool::tasks {

// `names` is an array of pairs of enum value and text.
template <class T>
struct EnumNames;

template <class T>
std::string_view enum_name(T value) {
  for (const auto& [candidate, name] : EnumNames<T>::names)
    if (candidate == value) return name;
  return "unknown";
}

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

inline std::string bytes_name(std::string_view name) { return std::string(name) + "_bytes"; }

class FieldWriter {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    object[name] = write(value);
  }

  // A path, or a list of paths, is bytes. Of what is not UTF-8 the member itself is only for people: NAME_bytes has
  // the bytes, percent-encoded.
  void path(const char* name, const std::string& value) {
    object[name] = value;
    if (!is_utf8(value)) object[bytes_name(name)] = percent_encoded(value);
  }
  void path(const char* name, const std::vector<std::string>& values) {
    object[name] = values;
    if (std::ranges::all_of(values, is_utf8)) return;
    for (const std::string& value : values) object[bytes_name(name)].push_back(percent_encoded(value));
  }

  template <class T>
  static nlohmann::json write(const T& value) {
    if constexpr (std::is_enum_v<T>) return enum_name(value);
    else if constexpr (std::floating_point<T>) return std::isfinite(value) ? value : T{0};  // JSON has no infinity
    else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) return value;
    else if constexpr (kIsOptional<T>) return value ? write(*value) : nlohmann::json();
    else if constexpr (kIsVector<T>) return write_all(value);
    else return write_object(value);
  }

  nlohmann::json object = nlohmann::json::object();

 private:
  template <class T>
  static nlohmann::json write_all(const T& values) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& value : values) list.push_back(write(value));
    return list;
  }
  template <class T>
  static nlohmann::json write_object(const T& value) {
    FieldWriter writer;
    fields(writer, value);
    return std::move(writer.object);
  }
};

// Reads one object. After all fields were visited, finish() reports the first problem or a field nobody asked for.
class FieldReader {
 public:
  FieldReader(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {}

  template <class T>
  void operator()(const char* name, T& value) {
    if (problem_) return;
    names_.emplace_back(name);
    auto found = object_.find(name);
    if (found != object_.end()) problem_ = read(*found, value, inner(name));
  }

  // As FieldWriter::path() writes it. The bytes are what counts.
  template <class T>
  void path(const char* name, T& value) {
    (*this)(name, value);
    const std::string member = bytes_name(name);
    T encoded;
    const bool given = object_.contains(member);
    (*this)(member.c_str(), encoded);
    if (given && !problem_ && !decode(encoded, value)) problem_ = inner(member) + ": must be percent-encoded";
  }

  std::optional<std::string> finish() const {
    if (problem_) return problem_;
    for (const auto& [key, value] : object_.items())
      if (std::find(names_.begin(), names_.end(), key) == names_.end()) return inner(key) + ": unknown field";
    return std::nullopt;
  }

  // Reads any supported value; returns the sentence that says what is wrong, or nothing.
  template <class T>
  static std::optional<std::string> read(const nlohmann::json& json, T& value, const std::string& path) {
    if constexpr (std::same_as<T, bool>) return read_if(json.is_boolean(), json, value, path, "true or false");
    else if constexpr (std::same_as<T, std::string>) return read_if(json.is_string(), json, value, path, "text");
    else if constexpr (std::floating_point<T>) return read_if(json.is_number(), json, value, path, "a number");
    else if constexpr (std::integral<T>) return read_integer(json, value, path);
    else if constexpr (std::is_enum_v<T>) return read_enum(json, value, path);
    else if constexpr (kIsOptional<T>) return read_optional(json, value, path);
    else if constexpr (kIsVector<T>) return read_all(json, value, path);
    else return read_object(json, value, path);
  }

 private:
  static bool decode(const std::string& encoded, std::string& value) {
    const auto bytes = percent_decoded(encoded);
    if (!bytes || bytes->find('\0') != std::string::npos) return false;
    value = *bytes;
    return true;
  }
  static bool decode(const std::vector<std::string>& encoded, std::vector<std::string>& values) {
    values.resize(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i)
      if (!decode(encoded[i], values[i])) return false;
    return true;
  }

  std::string inner(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }

  template <class T>
  static std::optional<std::string> read_if(bool fits, const nlohmann::json& json, T& value, const std::string& path,
                                            const char* wanted) {
    if (!fits) return path + ": must be " + wanted;
    value = json.get<T>();
    return std::nullopt;
  }

  template <class T>
  static std::optional<std::string> read_integer(const nlohmann::json& json, T& value, const std::string& path) {
    if (!json.is_number_integer()) return path + ": must be a whole number";
    if (json.is_number_unsigned()) {
      auto wide = json.get<std::uint64_t>();
      if (!std::in_range<T>(wide)) return path + ": out of range";
      value = static_cast<T>(wide);
    } else {
      auto wide = json.get<std::int64_t>();
      if (!std::in_range<T>(wide)) return path + ": out of range";
      value = static_cast<T>(wide);
    }
    return std::nullopt;
  }

  template <class T>
  static std::optional<std::string> read_enum(const nlohmann::json& json, T& value, const std::string& path) {
    std::string wanted;
    for (const auto& [candidate, name] : EnumNames<T>::names) {
      if (json.is_string() && json.get_ref<const std::string&>() == name) {
        value = candidate;
        return std::nullopt;
      }
      wanted += (wanted.empty() ? "" : ", ") + std::string(name);
    }
    return path + ": must be one of " + wanted;
  }

  template <class T>
  static std::optional<std::string> read_optional(const nlohmann::json& json, T& value, const std::string& path) {
    if (json.is_null()) {
      value.reset();
      return std::nullopt;
    }
    return read(json, value.emplace(), path);
  }

  template <class T>
  static std::optional<std::string> read_all(const nlohmann::json& json, T& values, const std::string& path) {
    if (!json.is_array()) return path + ": must be a list";
    values.clear();
    for (const auto& item : json) {
      auto place = path + "[" + std::to_string(values.size()) + "]";
      if (auto problem = read(item, values.emplace_back(), place)) return problem;
    }
    return std::nullopt;
  }

  template <class T>
  static std::optional<std::string> read_object(const nlohmann::json& json, T& value, const std::string& path) {
    if (!json.is_object()) return (path.empty() ? "the argument" : path) + ": must be an object";
    FieldReader reader(json, path);
    fields(reader, value);
    return reader.finish();
  }

  const nlohmann::json& object_;
  std::string path_;
  std::vector<std::string> names_;
  std::optional<std::string> problem_;
};

}  // namespace hevcpool::tasks

// SPDX-License-Identifier: GPL-2.0-or-later
// Writes JSON straight into a text: long columns of numbers without a tree in memory. The caller sees to it that
// what it opens is closed. A value.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace hevcpool::profile {

class JsonText {
 public:
  void open_object() { begin(), text_ += '{', fresh_ = true; }
  void open_object(std::string_view key) { put_key(key), text_ += '{', fresh_ = true; }
  void close_object() { text_ += '}', fresh_ = false; }
  void open_array() { begin(), text_ += '[', fresh_ = true; }
  void open_array(std::string_view key) { put_key(key), text_ += '[', fresh_ = true; }
  void close_array() { text_ += ']', fresh_ = false; }

  template <class T>
  void item(const T& value) {
    begin();
    put(value);
  }
  template <class T>
  void member(std::string_view key, const T& value) {
    put_key(key);
    put(value);
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void begin();
  void put_key(std::string_view key);
  void put(std::string_view text);   // escaped; must be UTF-8
  void put(double value);            // six significant digits of seconds are microseconds; not finite: 0
  void put_integer(long long value);
  void put(const char* text) { put(std::string_view(text)); }
  void put(const std::string& text) { put(std::string_view(text)); }
  void put(std::integral auto value) { put_integer(static_cast<long long>(value)); }

  std::string text_;
  bool fresh_ = true;                // nothing before the next value in its object or array
};

}  // namespace hevcpool::profile

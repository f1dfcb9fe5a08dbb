// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace hevcpool::profile {

void JsonText::begin() {
  if (!fresh_) text_ += ',';
  fresh_ = false;
}

void JsonText::put_key(std::string_view key) {
  begin();
  put(key);
  text_ += ':';
}

void JsonText::put(std::string_view text) {
  text_ += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (text_ += '\\') += c;
    else if (byte < 0x20) fmt::format_to(std::back_inserter(text_), "\\u{:04x}", byte);
    else text_ += c;
  }
  text_ += '"';
}

void JsonText::put(double value) {
  if (!std::isfinite(value)) value = 0;
  fmt::format_to(std::back_inserter(text_), "{:.9g}", value);
}

void JsonText::put_integer(long long value) { fmt::format_to(std::back_inserter(text_), "{}", value); }

}  // namespace hevcpool::profile

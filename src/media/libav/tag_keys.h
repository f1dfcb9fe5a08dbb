// SPDX-License-Identifier: GPL-2.0-or-later
// Names of tags, which libav compares without regard to case. Plain functions.
#pragma once

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/dict.h>
}

#include <algorithm>
#include <string>
#include <string_view>

namespace hevcpool::media {

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && av_strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Empty without the key.
inline std::string tag_value(const AVDictionary* tags, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(tags, key, nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

bool among(std::string_view key, const auto& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return equal_ignoring_case(key, name); });
}

}  // namespace hevcpool::media

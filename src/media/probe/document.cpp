// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe/document.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::media {

std::string Document::quoted(std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, plain)) return '"' + std::string(text) + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Document::put(std::string_view key, std::string_view value) {
  if (!empty()) text_ += ',';
  text_ += quoted(key);
  text_ += ':';
  text_ += value;
}

void Document::add(std::string_view value) {
  if (!empty()) text_ += ',';
  text_ += value;
}

}  // namespace hevcpool::media

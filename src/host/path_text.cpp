// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/path_text.h"

#include "base/utf8.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::host {

namespace {

using Policy = nlohmann::json::error_handler_t;

}  // namespace

std::string display_text(const std::string& path) {
  if (is_utf8(path)) return path;
  auto text = nlohmann::json(path).dump(-1, ' ', false, Policy::replace);
  return nlohmann::json::parse(text, nullptr, false).get<std::string>();
}

void put_path(nlohmann::json& object, const char* key, const std::string& path) {
  object[key] = display_text(path);
  if (!is_utf8(path)) object[std::string(key) + "_bytes"] = percent_encoded(path);
}

void put_paths(nlohmann::json& object, const char* key, const std::vector<std::string>& paths) {
  nlohmann::json texts = nlohmann::json::array(), bytes = nlohmann::json::array();
  for (const std::string& path : paths) {
    texts.push_back(display_text(path));
    bytes.push_back(percent_encoded(path));
  }
  object[key] = std::move(texts);
  if (!std::ranges::all_of(paths, is_utf8)) object[std::string(key) + "_bytes"] = std::move(bytes);
}

}  // namespace hevcpool::host

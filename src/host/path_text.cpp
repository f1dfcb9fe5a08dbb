// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/path_text.h"

#include "base/utf8.h"

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

}  // namespace hevcpool::host

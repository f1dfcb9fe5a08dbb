// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/path_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace hevcpool::host {

namespace {

using Policy = nlohmann::json::error_handler_t;

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == '/';
}

}  // namespace

bool is_utf8(std::string_view text) {
  auto json = nlohmann::json(text);
  return json.dump(-1, ' ', false, Policy::ignore) == json.dump(-1, ' ', false, Policy::replace);
}

std::string display_text(const std::string& path) {
  if (is_utf8(path)) return path;
  auto text = nlohmann::json(path).dump(-1, ' ', false, Policy::replace);
  return nlohmann::json::parse(text, nullptr, false).get<std::string>();
}

std::string percent_encoded(std::string_view bytes) {
  std::string text;
  for (unsigned char byte : bytes)
    text += is_unreserved(byte) ? std::string(1, static_cast<char>(byte)) : fmt::format("%{:02X}", byte);
  return text;
}

void put_path(nlohmann::json& object, const char* key, const std::string& path) {
  object[key] = display_text(path);
  if (!is_utf8(path)) object[std::string(key) + "_bytes"] = percent_encoded(path);
}

}  // namespace hevcpool::host

// SPDX-License-Identifier: GPL-2.0-or-later
// Paths are bytes, JSON is text. What is UTF-8 is written as it is; of any other path the text has U+FFFD for what
// cannot be said, and a second member KEY_bytes has the bytes themselves, percent-encoded.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hevcpool::host {

// The path as text, with U+FFFD in place of bytes that are not UTF-8.
std::string display_text(const std::string& path);
void put_path(nlohmann::json& object, const char* key, const std::string& path);
// A list of them; KEY_bytes is a list, too, where one of them is not UTF-8.
void put_paths(nlohmann::json& object, const char* key, const std::vector<std::string>& paths);

}  // namespace hevcpool::host

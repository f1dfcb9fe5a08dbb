// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker answered, before the host takes it apart or passes it on. The worker may have been taken over by the
// file that it reads: its text is judged as a whole first, without building anything from it. Pure functions.
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace hevcpool::host {

constexpr std::size_t kMostValues = 8u << 20;           // names and values of one answer
constexpr std::size_t kMostOfAnIndex = 5 * kMostValues;  // a day in which every frame is a key frame

// Refuses what would take many times its own size in memory once it is taken apart.
Expected<void> check_size(std::string_view json, std::size_t most = kMostValues);

// The answer as one line of JSON, so that it can stand within another document; an error where it is not one value.
Expected<std::string> as_one_line(std::string json);

}  // namespace hevcpool::host

// SPDX-License-Identifier: GPL-2.0-or-later
// Checks the options of an encode without any file: numbers, x265's keys and values, filter graph, audio codec.
#pragma once

#include <hevcpool/encode.h>

#include <optional>
#include <string>

namespace hevcpool::tasks {

// The sentence that names what is wrong, or nothing.
std::optional<std::string> check_options(const EncodeOptions& options);

}  // namespace hevcpool::tasks

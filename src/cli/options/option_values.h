// SPDX-License-Identifier: GPL-2.0-or-later
// The values that options of the command line take: times, rates, counts. Each either reads the whole text or says
// what it wanted. Pure functions.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>

namespace hevcpool::cli {

Expected<double> parse_time(const std::string& text);             // "90", "1.5", "1:30", "01:02:03.25"
Expected<double> parse_length(const std::string& text);           // the same, but not 0
Expected<std::uint64_t> parse_bitrate(const std::string& text);   // "2500k", "2.5M", "2500000"
Expected<unsigned> parse_workers(const std::string& text);        // "auto" is 0, else 1..1024
Expected<double> parse_split(const std::string& text);            // "auto" is 0, "off" is -1, else seconds, at least 1
Expected<unsigned> parse_threads(const std::string& text);        // "auto" is 0, else 1..64
Expected<std::int64_t> parse_max_errors(const std::string& text); // "any" is -2, else a count
Expected<double> parse_percent(const std::string& text);          // 0 to 100, with or without "%"

}  // namespace hevcpool::cli

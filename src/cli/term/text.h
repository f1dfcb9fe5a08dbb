// SPDX-License-Identifier: GPL-2.0-or-later
// Text for people: names made safe for a terminal, cut to a width in columns, numbers with units. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hevcpool::cli {

// `text` with everything that a terminal would not show as itself written as an escape: control characters,
// invisible ones, bytes that are not UTF-8 (\n, \t, \x1b, \xff). One line, whatever was given.
std::string printable(std::string_view text);

// Columns that printable text takes on a terminal: wide characters two, combining ones none.
int columns_of(std::string_view printable_text);

// Printable text in at most `columns`: the middle gives way to "…". Never cuts a character.
std::string shortened(std::string_view printable_text, int columns);
// The same, with spaces added up to exactly `columns`.
std::string padded(std::string_view printable_text, int columns);

std::string duration_text(double seconds);       // "3.1 s", "2:05", "1:02:03"
std::string clock_text(double seconds);          // "0:03", "2:05", "1:02:03"
std::string bytes_text(std::uint64_t bytes);     // "640 B", "1.2 MB"

}  // namespace hevcpool::cli

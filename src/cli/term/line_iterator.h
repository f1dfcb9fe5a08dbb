// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of a text, with or without carriage returns.
#pragma once

#include <cstddef>
#include <string_view>

namespace hevcpool::cli {

// Calls work(number, line); numbers count from 1.
template <class Work>
void for_each_line(std::string_view text, Work work) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    std::string_view content = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (content.ends_with('\r')) content.remove_suffix(1);
    work(line, content);
  }
}

}  // namespace hevcpool::cli

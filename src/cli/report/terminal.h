// SPDX-License-Identifier: GPL-2.0-or-later
// The live display of a terminal: a few lines at the bottom that are drawn over in place, below text that scrolls
// away. Each frame is one segment of text, so that nothing flickers; what the terminal folded when it was made
// narrower is counted. Pure: gives text, asks no terminal (but see terminal_size()). One thread.
#pragma once

#include "cli/report/batch_state.h"

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
TerminalSize terminal_size(int fd);

class LiveRegion {
 public:
  // The text that puts `scrolled` (whole lines, may be empty) above the region, and `lines` into it.
  std::string frame(std::string_view scrolled, const std::vector<std::string>& lines, TerminalSize size);
  // The text that removes the region.
  std::string clear(TerminalSize size) { return frame({}, {}, size); }

 private:
  std::vector<std::string> shown_;
};

// The lines of the region: one per running job, as many as fit, and the total.
std::vector<std::string> status_lines(const BatchState& state, double now, TerminalSize size, bool stopping);

}  // namespace hevcpool::cli

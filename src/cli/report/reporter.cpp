// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/reporter.h"

#include "cli/report/event_reporter.h"
#include "cli/report/line_reporter.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

namespace hevcpool::cli {
namespace {

bool can_draw(const Output& out) {
  const char* kind = std::getenv("TERM");
  return out.is_terminal() && kind && std::string_view(kind) != "dumb";
}

}  // namespace

std::unique_ptr<Reporter> make_reporter(const ReportStyle& style, Output& out, Output& err,
                                        const BatchState& state) {
  if (style.json) return std::make_unique<EventReporter>(style, out, err, state);
  const bool live = !style.quiet && can_draw(out);
  return std::make_unique<LineReporter>(style, live, out, err, state);
}

std::string summary_text(const Counts& counts, std::size_t total) {
  std::string text = fmt::format("done {}, failed {}", counts.ok, counts.failed);
  if (counts.skipped > 0) text += fmt::format(", skipped {}", counts.skipped);
  return text + fmt::format(", cancelled {}, total {}", counts.cancelled, total);
}

}  // namespace hevcpool::cli

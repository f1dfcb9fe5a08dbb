// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/job_lines.h"

#include "cli/term/text.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace hevcpool::cli {
namespace {

std::string done_line(const Outcome& outcome) {
  std::string text = fmt::format("done: {} → {} ({} frame{}, {}", printable(outcome.input), printable(outcome.output),
                                 outcome.frames, outcome.frames == 1 ? "" : "s", duration_text(outcome.seconds));
  if (outcome.bytes_in > 0)
    text += fmt::format(", {:.0f} %", 100.0 * static_cast<double>(outcome.bytes_out) /
                                          static_cast<double>(outcome.bytes_in));
  return text + ")";
}

}  // namespace

std::string job_line(const Outcome& outcome) {
  const std::string input = printable(outcome.input);
  switch (outcome.status) {
    case Status::ok: return done_line(outcome);
    case Status::skipped: return fmt::format("skipped: {}: {}", input, printable(outcome.reason));
    case Status::cancelled: return fmt::format("cancelled: {}", input);
    case Status::failed: break;
  }
  return fmt::format("failed: {}: {}", input,
                     printable(failure_text(outcome.error.value_or(JobError{}), outcome.attempts)));
}

std::string sandbox_notice(const SandboxReport& sandbox) {
  if (sandbox.layers.empty() || sandbox.complete()) return {};
  return "hevcpool: the workers are confined only in part: " + sandbox.summary() + "\n";
}

std::string log_lines(const JobError& error) {
  std::string lines;
  for (std::string_view rest = error.log; !rest.empty();) {
    const auto end = rest.find('\n');
    lines += "        | " + printable(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return lines;
}

}  // namespace hevcpool::cli

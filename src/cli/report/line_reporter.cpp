// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/line_reporter.h"

#include "cli/report/job_lines.h"
#include "cli/term/text.h"

#include <fmt/format.h>

namespace hevcpool::cli {

void LineReporter::begin(std::size_t, unsigned, const SandboxReport& sandbox) {
  if (!style_.quiet) err_.write(sandbox_notice(sandbox));
}

std::string LineReporter::prefix() const {
  return fmt::format("[{}/{}] ", state_.counts().done(), state_.jobs().size());
}

// On a terminal the text waits for the next frame, which puts it above the region.
void LineReporter::print(const std::string& lines) {
  if (style_.quiet) return;
  if (live_) scrolled_ += lines;
  else out_.write(lines);
}

void LineReporter::print_warnings(std::size_t job, const std::string& input,
                                  const std::vector<std::string>& warnings) {
  auto& said = warned_[job];
  for (const std::string& warning : warnings) {
    if (!said.insert(warning).second) continue;
    if (said.size() == 1) ++jobs_warned_;
    ++warnings_;
    print(fmt::format("warning: {}: {}\n", printable(input), printable(warning)));
  }
}

void LineReporter::planned(std::size_t job, const std::string& input, const EncodePlan& plan) {
  print_warnings(job, input, plan.warnings);
}

void LineReporter::finished(std::size_t job, const Outcome& outcome, double) {
  const bool failed = outcome.status == Status::failed;
  const bool never_ran = outcome.status == Status::cancelled && outcome.attempts == 0;
  print_warnings(job, outcome.input, outcome.warnings);
  warned_.erase(job);
  const std::string lines = job_line(outcome) + "\n" +
                            (style_.verbose && outcome.error ? log_lines(*outcome.error) : std::string());
  if (style_.quiet && failed) err_.write(lines);
  if (!never_ran) print(prefix() + lines);
}

void LineReporter::notice(const std::string& text) {
  if (live_) print(text + "\n");
  else err_.write(text + "\n");
}

// A terminal that takes nothing at the moment gets the next frame, not all of them.
void LineReporter::tick(double now, bool stopping) {
  if (!live_ || out_.pending() > 0) return;
  const TerminalSize size = terminal_size(out_.fd());
  out_.write(region_.frame(scrolled_, status_lines(state_, now, size, stopping), size));
  scrolled_.clear();
}

void LineReporter::end(double) {
  if (live_) out_.write(region_.frame(scrolled_, {}, terminal_size(out_.fd())));
  scrolled_.clear();
  live_ = false;
  if (warnings_ > 0)
    print(fmt::format("{} warning{} in {} file{}\n", warnings_, warnings_ == 1 ? "" : "s", jobs_warned_,
                      jobs_warned_ == 1 ? "" : "s"));
  print(summary_text(state_.counts(), state_.jobs().size()) + "\n");
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
// A line per finished job, and on a terminal a live region below them. With quiet only failures, on standard error.
#pragma once

#include "cli/report/reporter.h"
#include "cli/report/terminal.h"

#include <map>
#include <set>

namespace hevcpool::cli {

class LineReporter final : public Reporter {
 public:
  LineReporter(const ReportStyle& style, bool live, Output& out, Output& err, const BatchState& state)
      : style_(style), live_(live), out_(out), err_(err), state_(state) {}

  void begin(std::size_t jobs, unsigned workers, const SandboxReport& sandbox) override;
  void planned(std::size_t job, const std::string& input, const EncodePlan& plan) override;
  void progressed(std::size_t, double) override {}
  void finished(std::size_t job, const Outcome& outcome, double now) override;
  void notice(const std::string& text) override;
  void tick(double now, bool stopping) override;
  bool wants_ticks() const override { return live_; }
  void end(double now) override;

 private:
  void print(const std::string& lines);
  void print_warnings(std::size_t job, const std::string& input, const std::vector<std::string>& warnings);
  std::string prefix() const;

  ReportStyle style_;
  bool live_;
  Output& out_;
  Output& err_;
  const BatchState& state_;
  LiveRegion region_;
  std::string scrolled_;                                 // waits for the next frame
  std::map<std::size_t, std::set<std::string>> warned_;  // per job: said already
  std::size_t warnings_ = 0, jobs_warned_ = 0;
};

}  // namespace hevcpool::cli

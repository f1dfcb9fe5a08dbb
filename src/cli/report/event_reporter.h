// SPDX-License-Identifier: GPL-2.0-or-later
// JSON events on standard output, one object per line; failures for people on standard error.
#pragma once

#include "cli/report/reporter.h"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>

namespace hevcpool::cli {

class EventReporter final : public Reporter {
 public:
  EventReporter(const ReportStyle& style, Output& out, Output& err, const BatchState& state)
      : style_(style), out_(out), err_(err), state_(state) {}

  void begin(std::size_t jobs, unsigned workers, const SandboxReport& sandbox) override;
  void planned(std::size_t job, const std::string& input, const EncodePlan& plan) override;
  void progressed(std::size_t job, double now) override;
  void finished(std::size_t job, const Outcome& outcome, double now) override;
  void notice(const std::string& text) override;
  void tick(double, bool) override {}
  bool wants_ticks() const override { return false; }
  void end(double now) override;

 private:
  void write(const nlohmann::ordered_json& event);

  ReportStyle style_;
  Output& out_;
  Output& err_;
  const BatchState& state_;
  std::map<std::size_t, double> last_progress_;  // of each running job: when it was told
};

// The line with the `start` object.
std::string start_event(std::size_t jobs, unsigned workers, const SandboxReport& sandbox);
// The `done` object.
nlohmann::ordered_json done_event(const Outcome& outcome);
// One line of JSON, whatever bytes the strings hold.
std::string json_line(const nlohmann::ordered_json& event);

}  // namespace hevcpool::cli

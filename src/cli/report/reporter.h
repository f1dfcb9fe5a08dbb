// SPDX-License-Identifier: GPL-2.0-or-later
// What the user sees of a batch while it runs. Three ways: a live display on a terminal, lines elsewhere, and JSON
// events. Chosen once, told everything, by one thread.
#pragma once

#include "cli/report/batch_state.h"
#include "cli/term/output.h"

#include <hevcpool/encode.h>
#include <hevcpool/sandbox.h>

#include <memory>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct ReportStyle {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void begin(std::size_t jobs, unsigned workers, const SandboxReport& sandbox) = 0;
  // The output's name and what it cannot hold are known; nothing is encoded yet.
  virtual void planned(std::size_t job, const std::string& input, const EncodePlan& plan) = 0;
  virtual void progressed(std::size_t job, double now) = 0;
  // After the state was told.
  virtual void finished(std::size_t job, const Outcome& outcome, double now) = 0;
  // Something the user should know now ("stopping ...").
  virtual void notice(const std::string& text) = 0;
  // Draws what moves; called several times a second where it is wanted.
  virtual void tick(double now, bool stopping) = 0;
  virtual bool wants_ticks() const = 0;
  virtual void end(double now) = 0;
};

// Outputs and state must outlive it.
std::unique_ptr<Reporter> make_reporter(const ReportStyle& style, Output& out, Output& err, const BatchState& state);

// "done 2, failed 0, cancelled 6, total 8"
std::string summary_text(const Counts& counts, std::size_t total);

}  // namespace hevcpool::cli

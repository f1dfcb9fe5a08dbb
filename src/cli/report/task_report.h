// SPDX-License-Identifier: GPL-2.0-or-later
// What the user reads and scripts parse about jobs other than encodes. One thread.
#pragma once

#include "cli/report/batch_state.h"
#include "cli/report/outcome.h"
#include "cli/term/output.h"
#include "cli/options/task_options.h"
#include "cli/report/run_options.h"

#include <nlohmann/json.hpp>

namespace hevcpool::cli {

class TaskReport {
 public:
  TaskReport(Output& out, Output& err, const TaskOptions& options, const RunOptions& style, std::size_t total)
      : out_(out), err_(err), options_(options), style_(style), total_(total) {}

  void begin(unsigned workers, const SandboxReport& sandbox);
  // `body` is the job's result, null when there is none; `document` what it found, where only that is told.
  void finished(const AnyTask& task, const Outcome& outcome, const nlohmann::ordered_json& body,
                const std::string& document);
  void end(const Counts& counts, double seconds);

 private:
  void document(const Outcome& outcome, const std::string& text);
  void event(const AnyTask& task, const Outcome& outcome, const nlohmann::ordered_json& body);
  void line(const Outcome& outcome, const nlohmann::ordered_json& body);

  Output& out_;
  Output& err_;
  const TaskOptions& options_;
  const RunOptions& style_;
  std::size_t total_;
  std::size_t done_ = 0;
};

// The `done` object of such a job.
nlohmann::ordered_json task_event(const AnyTask& task, const Outcome& outcome, const nlohmann::ordered_json& body);

}  // namespace hevcpool::cli

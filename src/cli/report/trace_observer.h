// SPDX-License-Identifier: GPL-2.0-or-later
// `encode --trace`: writes the trace of a batch while it runs.
#pragma once

#include "base/error.h"
#include "cli/report/batch_observer.h"
#include "profile/pool_trace.h"

#include <memory>
#include <vector>

namespace hevcpool::cli {

class TraceObserver final : public BatchObserver {
 public:
  // Makes the file; its zero is now.
  static Expected<std::unique_ptr<TraceObserver>> create(const std::string& path);

  void begin(unsigned workers, double now) override;
  void added(std::size_t job, const std::string& input) override;
  void step(std::size_t job, const EncodeStep& step) override;
  void waiting(std::size_t jobs, double now) override;
  void finished(std::size_t, const Outcome&, double) override {}
  void end(double now) override;
  // After end(): whether everything was written.
  const Expected<void>& written() const { return written_; }

 private:
  explicit TraceObserver(std::unique_ptr<profile::PoolTrace> trace) : trace_(std::move(trace)) {}

  std::unique_ptr<profile::PoolTrace> trace_;
  std::vector<std::string> names_;
  Expected<void> written_;
};

// What jobs must measure for it.
Measure measure_for_trace(unsigned workers);

}  // namespace hevcpool::cli

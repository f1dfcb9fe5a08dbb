// SPDX-License-Identifier: GPL-2.0-or-later
// Sees a batch as it goes, besides what the user is shown: for traces and reports. Called by the main thread; times
// are seconds of the steady clock.
#pragma once

#include "cli/report/outcome.h"

#include <hevcpool/encode.h>

#include <cstddef>
#include <string>

namespace hevcpool::cli {

class BatchObserver {
 public:
  virtual ~BatchObserver() = default;
  virtual void begin(unsigned workers, double now) = 0;
  virtual void added(std::size_t job, const std::string& input) = 0;
  virtual void planned(std::size_t, const EncodePlan&) {}
  // What a worker did of a job; in the order in which they ended.
  virtual void step(std::size_t job, const EncodeStep& step) = 0;
  virtual void waiting(std::size_t jobs, double now) = 0;
  virtual void finished(std::size_t job, const Outcome& outcome, double now) = 0;
  virtual void end(double now) = 0;
};

}  // namespace hevcpool::cli

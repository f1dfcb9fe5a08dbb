// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/trace_observer.h"

#include "base/clock.h"
#include "cli/term/text.h"

#include <filesystem>

namespace hevcpool::cli {

Expected<std::unique_ptr<TraceObserver>> TraceObserver::create(const std::string& path) {
  HEVCPOOL_ASSIGN(auto trace, profile::PoolTrace::create(path, steady_seconds()));
  return std::unique_ptr<TraceObserver>(new TraceObserver(std::move(trace)));
}

void TraceObserver::begin(unsigned workers, double) { trace_->begin(workers); }

void TraceObserver::added(std::size_t, const std::string& input) {
  names_.push_back(printable(std::filesystem::path(input).filename().native()));
}

void TraceObserver::step(std::size_t job, const EncodeStep& step) {
  trace_->step({std::string(to_string(step.kind)), names_[job], step.worker, step.begin, step.end, step.ok, step.measured});
}

void TraceObserver::waiting(std::size_t jobs, double now) { trace_->waiting(jobs, now); }

void TraceObserver::end(double) { written_ = trace_->finish(); }

Measure measure_for_trace(unsigned workers) {
  Measure measure;
  measure.on = true;
  measure.counters = measure.frames = false;
  measure.resolution = profile::trace_resolution(workers);
  return measure;
}

}  // namespace hevcpool::cli

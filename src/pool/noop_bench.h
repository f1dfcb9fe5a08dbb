// SPDX-License-Identifier: GPL-2.0-or-later
// Measures the pool itself, with jobs that do nothing: throughput, the way from submit to a task's first
// instruction, and the supervisor's memory. Starts pools, so: main thread, before others. Prints nothing.
#pragma once

#include "base/error.h"

#include <cstddef>

namespace hevcpool::pool {

struct NoopBench {
  unsigned workers = 2;
  std::size_t jobs = 100'000;          // for the throughput
  std::size_t latency_samples = 2'000;
  unsigned idle_workers = 64;          // for the memory; 0: not measured
};

struct NoopReport {
  double jobs_per_second = 0;          // submit() one by one, all results read
  double chunked_jobs_per_second = 0;  // map() with 64 to a message
  double latency_median_us = 0;        // submit() to the task's first instruction, worker idle
  double latency_p99_us = 0;
  double round_trip_median_us = 0;     // submit() to result()
  long supervisor_idle_kib = 0;        // private memory with idle_workers
  long supervisor_before_kib = 0;      // private memory before and after the jobs
  long supervisor_after_kib = 0;
  double start_ms = 0;                 // Host::start() with `workers`
};

Expected<NoopReport> run_noop_bench(const NoopBench& what = {});

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/noop_bench.h"

#include "pool/host.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {
namespace {

using Clock = std::chrono::steady_clock;

TaskTable tasks() {
  return {{"noop", [](TaskContext&) -> TaskResult { return std::string("null"); }},
          {"now", [](TaskContext&) -> TaskResult {
             return std::to_string(Clock::now().time_since_epoch().count());  // one clock for all processes
           }}};
}

Expected<std::unique_ptr<Host>> start(unsigned workers) {
  PoolOptions options;
  options.workers = workers;
  return Host::start(std::move(options), tasks());
}

long private_kib(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  long sum = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    long value = 0;
    if (words >> name >> value && name.starts_with("Private_")) sum += value;
  }
  return sum;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double at(std::vector<double>& samples, double quantile) {
  if (samples.empty()) return 0;
  const auto nth = samples.begin() + static_cast<std::ptrdiff_t>(quantile * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), nth, samples.end());
  return *nth;
}

double throughput(Host& host, std::size_t count) {
  std::vector<Job> jobs;
  jobs.reserve(count);
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) jobs.push_back(host.submit("noop", "null"));
  for (const Job& job : jobs)
    if (!job.result().ok()) return 0;
  return static_cast<double>(count) / seconds_since(start);
}

double chunked_throughput(Host& host, std::size_t count) {
  const std::vector<std::string> arguments(count, "null");
  const auto start = Clock::now();
  const auto results = host.map("noop", arguments, 64);
  return static_cast<double>(results.size()) / seconds_since(start);
}

void measure_latency(Host& host, std::size_t samples, NoopReport& report) {
  std::vector<double> first, round;
  for (std::size_t i = 0; i < samples; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));  // so that everyone is asleep, as in an idle pool
    const auto start = Clock::now();
    const JobResult result = host.submit("now", "null").result();
    const auto end = Clock::now();
    if (!result.ok()) continue;
    const auto begun = Clock::time_point(Clock::duration(std::stoll(result.body)));
    first.push_back(std::chrono::duration<double, std::micro>(begun - start).count());
    round.push_back(std::chrono::duration<double, std::micro>(end - start).count());
  }
  report.latency_median_us = at(first, 0.5);
  report.latency_p99_us = at(first, 0.99);
  report.round_trip_median_us = at(round, 0.5);
}

}  // namespace

Expected<NoopReport> run_noop_bench(const NoopBench& what) {
  NoopReport report;
  if (what.idle_workers) {
    HEVCPOOL_ASSIGN(auto idle, start(what.idle_workers));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // until the last worker has come up
    report.supervisor_idle_kib = private_kib(idle->supervisor_pid());
  }
  const auto before = Clock::now();
  HEVCPOOL_ASSIGN(auto host, start(what.workers));
  report.start_ms = seconds_since(before) * 1000;
  throughput(*host, 1000);  // warm
  measure_latency(*host, what.latency_samples, report);
  report.supervisor_before_kib = private_kib(host->supervisor_pid());
  report.jobs_per_second = throughput(*host, what.jobs);
  report.chunked_jobs_per_second = chunked_throughput(*host, what.jobs);
  report.supervisor_after_kib = private_kib(host->supervisor_pid());
  host->shutdown(Pool::Shutdown::drain);
  return report;
}

}  // namespace hevcpool::pool

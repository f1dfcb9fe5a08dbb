// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_noop.h"

#include "cli/bench/bench_process.h"
#include "cli/bench/statistics.h"

#include <hevcpool/pool.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace hevcpool::cli {
namespace {

constexpr unsigned kLatencySamples = 2000;

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double since(std::int64_t start) { return static_cast<double>(nanoseconds_now() - start) * 1e-9; }

std::unique_ptr<Pool> start_pool(std::string& error) {
  PoolOptions options;
  options.workers = 2;
  options.tasks["noop"] = [](TaskContext&) -> TaskResult { return std::string("null"); };
  options.tasks["clock"] = [](TaskContext&) -> TaskResult { return std::to_string(nanoseconds_now()); };
  return Pool::start(std::move(options), &error);
}

double submitted_per_second(Pool& pool, unsigned jobs) {
  const std::int64_t start = nanoseconds_now();
  std::vector<Job> open;
  open.reserve(jobs);
  for (unsigned i = 0; i < jobs; ++i) open.push_back(pool.submit("noop", "null"));
  for (const Job& job : open) static_cast<void>(job.result());
  return jobs / since(start);
}

double mapped_per_second(Pool& pool, unsigned jobs) {
  const std::vector<std::string> arguments(jobs, "null");
  const std::int64_t start = nanoseconds_now();
  static_cast<void>(pool.map("noop", arguments, 64));
  return jobs / since(start);
}

// The monotonic clock is the same in both processes.
double start_microseconds(Pool& pool) {
  std::vector<double> times;
  for (unsigned i = 0; i < kLatencySamples; ++i) {
    const std::int64_t submitted = nanoseconds_now();
    const JobResult result = pool.submit("clock", "null").result();
    if (result.ok()) times.push_back(static_cast<double>(std::atoll(result.body.c_str()) - submitted) / 1000);
  }
  return median(times);
}

constexpr const char* kPythonNoop = R"(
import sys, time
from concurrent.futures import ProcessPoolExecutor, wait
def noop(): return None
if __name__ == "__main__":
    jobs = int(sys.argv[1])
    with ProcessPoolExecutor(2) as pool:
        wait([pool.submit(noop) for _ in range(100)])
        start = time.monotonic()
        wait([pool.submit(noop) for _ in range(jobs)])
        open(sys.argv[2], "w").write(str(jobs / (time.monotonic() - start)))
)";

double python_per_second(unsigned jobs) {
  if (find_program("python3").empty()) return 0;
  char name[] = "/tmp/hevcpool-noop-XXXXXX";
  const int fd = ::mkstemp(name);
  if (fd < 0) return 0;
  double rate = 0;
  if (measure({{"python3", "-c", kPythonNoop, std::to_string(jobs), name}, ""})) {
    char text[64] = "";
    if (::pread(fd, text, sizeof text - 1, 0) > 0) rate = std::atof(text);
  }
  ::unlink(name);
  ::close(fd);
  return rate;
}

}  // namespace

Expected<NoopFigures> measure_noop(unsigned jobs) {
  NoopFigures figures;
  figures.python_per_second = python_per_second(jobs);
  std::string error;
  const auto pool = start_pool(error);
  if (!pool) return fail("bench", "pool", error);
  submitted_per_second(*pool, 1000);
  figures.jobs_per_second = submitted_per_second(*pool, jobs);
  figures.mapped_per_second = mapped_per_second(*pool, jobs * 4);
  figures.start_microseconds = start_microseconds(*pool);
  return figures;
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
// Prints how fast the pool moves empty jobs, beside Python's ProcessPoolExecutor on the same machine.
#include "pool/noop_bench.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

double python_jobs_per_second(unsigned workers, unsigned jobs) {
  const std::string script = fmt::format(
      "python3 - <<'EOF'\n"
      "import time\n"
      "from concurrent.futures import ProcessPoolExecutor\n"
      "def noop(x): return None\n"
      "if __name__ == '__main__':\n"
      "  with ProcessPoolExecutor({0}) as pool:\n"
      "    [f.result() for f in [pool.submit(noop, None) for _ in range(500)]]\n"
      "    start = time.perf_counter()\n"
      "    for f in [pool.submit(noop, None) for _ in range({1})]: f.result()\n"
      "    print({1} / (time.perf_counter() - start))\n"
      "EOF\n",
      workers, jobs);
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(script.c_str(), "r"), ::pclose);
  double rate = 0;
  return output && std::fscanf(output.get(), "%lf", &rate) == 1 ? rate : 0;
}

}  // namespace

int main() {
  const auto report = hevcpool::pool::run_noop_bench();
  if (!report) {
    fmt::print(stderr, "{}\n", report.error().message);
    return 1;
  }
  const double python = python_jobs_per_second(2, 20000);
  fmt::print("jobs/s, 2 workers          {:>10.0f}\n", report->jobs_per_second);
  fmt::print("jobs/s, 64 to a message    {:>10.0f}\n", report->chunked_jobs_per_second);
  fmt::print("jobs/s, Python             {:>10.0f}   ratio {:.1f}\n", python, report->jobs_per_second / python);
  fmt::print("submit to task, median     {:>10.1f} us, 99 % {:.1f} us\n", report->latency_median_us, report->latency_p99_us);
  fmt::print("submit to result, median   {:>10.1f} us\n", report->round_trip_median_us);
  fmt::print("start of the pool          {:>10.1f} ms\n", report->start_ms);
  fmt::print("supervisor, 64 idle        {:>10} KiB private\n", report->supervisor_idle_kib);
  fmt::print("supervisor, jobs before    {:>10} KiB, after {} KiB\n", report->supervisor_before_kib,
             report->supervisor_after_kib);
  return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Metadata of many files, each used as soon as it is there. Usage: completion_order FILE...
#include <hevcpool/tasks.h>

#include <iostream>
#include <ranges>
#include <span>

int main(int argc, char** argv) {
  std::string error;
  auto pool = hevcpool::Pool::start({.workers = 2}, &error);
  if (!pool) return std::cerr << error << "\n", 1;
  auto jobs = std::span(argv + 1, argv + argc) | std::views::transform([&](const char* file) {
                return hevcpool::submit(*pool, hevcpool::Probe{.input = file});
              });
  int done = 0, failed = 0;
  for (const hevcpool::Job& job : hevcpool::as_completed(jobs, hevcpool::Seconds(120))) {
    const hevcpool::JobResult result = job.result();
    ++(result.ok() ? done : failed);
    if (!result.ok()) std::cerr << result.error->stage << ": " << result.error->message << "\n";
  }
  std::cout << done << " read, " << failed << " not\n";
  return failed == 0 && done == argc - 1 ? 0 : 1;
}

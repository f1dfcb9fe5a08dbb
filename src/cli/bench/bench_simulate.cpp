// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_simulate.h"

#include "plan/schedule/recorded_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>

namespace hevcpool::cli {
namespace {

using plan::RecordedSource;

constexpr double kKeyInterval = 250, kFramesPerSecond = 24;
constexpr double kFfmpegStart = 0.09;  // CPU seconds of its start and end, seen here
constexpr unsigned kCores[] = {2, 4, 8, 16, 32, 64, 128};

RecordedSource film(double seconds, std::size_t first) {
  const auto stretches = static_cast<std::size_t>(seconds * kFramesPerSecond / plan::kRecordedFrames);
  return plan::film_from_trace(plan::recorded_costs(), plan::kRecordedFrames, std::max<std::size_t>(1, stretches), first,
                               kKeyInterval);
}

std::vector<RecordedSource> films(std::size_t count, const std::function<double(std::size_t)>& seconds) {
  std::vector<RecordedSource> made;
  for (std::size_t n = 0; n < count; ++n) made.push_back(film(seconds(n), n * 31));
  return made;
}

struct Batch {
  const char* name;
  std::vector<RecordedSource> films;
};

std::vector<Batch> batches() {
  std::vector<Batch> all;
  all.push_back({"one film of 2 h", films(1, [](auto) { return 7200; })});
  all.push_back({"8 files of 10 min and one of 80 min last", films(9, [](auto n) { return n == 8 ? 4800 : 600; })});
  all.push_back({"300 files of 1 to 23 min", films(300, [](auto n) { return 60.0 * static_cast<double>(1 + n * 7 % 23); })});
  all.push_back({"4000 clips of 2 to 8 s", films(4000, [](auto n) { return 2.0 + static_cast<double>(n * 5 % 7); })});
  return all;
}

std::string line(const std::vector<RecordedSource>& films, unsigned cores) {
  const auto result = plan::simulate(films, {.slots = cores});
  const double peer = pool_of_whole_files(films, cores, kFfmpegStart);
  return fmt::format("{}, whole files in a pool {:9.2f} s = {:5.2f} times as long\n", plan::to_text(result), peer,
                     peer / result.makespan);
}

}  // namespace

double pool_of_whole_files(const std::vector<RecordedSource>& films, unsigned slots, double start) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (unsigned slot = 0; slot < std::max(slots, 1U); ++slot) free.push(0);
  double last = 0;
  for (const RecordedSource& each : films) {
    const double end = free.top() + start + each.seconds.back();
    free.pop();
    free.push(end);
    last = std::max(last, end);
  }
  return last;
}

std::string simulation_tables() {
  std::string text;
  for (const Batch& batch : batches()) {
    text += fmt::format("{}\n", batch.name);
    for (const unsigned cores : kCores) text += line(batch.films, cores);
    text += "\n";
  }
  return text;
}

}  // namespace hevcpool::cli

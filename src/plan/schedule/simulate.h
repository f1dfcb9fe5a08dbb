// SPDX-License-Identifier: GPL-2.0-or-later
// Drives the real planner with imagined workers: how long would this batch take on so many cores, and how much of
// that time would they idle? The jobs are recorded ones: what every stretch of a film did cost, and what the planner
// would have believed it costs. Pure; the same input gives the same answer.
#pragma once

#include "plan/schedule/scheduler.h"

#include <string>
#include <vector>

namespace hevcpool::plan {

// A film as it was encoded once, by one worker.
struct RecordedSource {
  CutMap believed;             // what the planner knows: from numbers of frames
  std::vector<double> seconds;  // what it took up to each point of the map, really
  bool cuttable = true;
};

// What everything but encoding takes, in seconds.
struct StepSeconds {
  double inspect = 0.01, index = 0.02, assemble = 0.02, verify = 0.02;
  double per_segment = 0.02;     // opening the file, finding the place, proving the cut
};

struct SimulationResult {
  double makespan = 0;
  double lower_bound = 0;      // no plan is faster: all encoding / slots
  double busy = 0;             // slot seconds spent in any step
  unsigned slots = 1;
  std::size_t segments = 0;      // of films that were cut
  double idle() const { return makespan > 0 ? 1 - busy / (makespan * slots) : 0; }
  double above_bound() const { return lower_bound > 0 ? makespan / lower_bound - 1 : 0; }
};

SimulationResult simulate(const std::vector<RecordedSource>& films, const Limits& limits, const StepSeconds& steps = {});

// One line for a table.
std::string to_text(const SimulationResult& result);

// A recorded trace made into a film: `costs` are the seconds of equal stretches of `frames` frames each. A long film
// is made by going through the trace again and again, beginning at `first`; where it begins anew there is a scene.
RecordedSource film_from_trace(const std::vector<double>& costs, double frames, std::size_t stretches,
                             std::size_t first, double key_interval);

}  // namespace hevcpool::plan

// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

namespace hevcpool::plan {

namespace {

class Simulation {
 public:
  Simulation(const std::vector<RecordedSource>& films, const Limits& limits, const StepSeconds& steps)
      : films_(films), steps_(steps), batch_(limits) {
    result_.slots = std::max(limits.slots, 1U);
  }

  SimulationResult run() {
    for (std::size_t n = 0; n < films_.size(); ++n) {
      const RecordedSource& film = films_[n];
      result_.lower_bound += film.seconds.back() / result_.slots;
      take(batch_.add({.id = n + 1, .size = film.believed.total(),
                       .split = film.cuttable ? Split::automatic : Split::never, .may_thread = true}));
    }
    while (!ends_.empty()) step();
    return result_;
  }

 private:
  struct ActiveSegment {
    Run run;
    Segment first;  // as it was at first
    double begin = 0, end = 0;
  };
  using End = std::pair<double, RunId>;

  void take(const Actions& actions) {
    for (const auto& action : actions) std::visit([this](const auto& what) { perform(what); }, action);
  }
  void perform(const Run& run) {
    const double seconds = duration(run);
    active_[run.run] = {run, run.segment, now_, now_ + seconds};
    ends_.emplace(now_ + seconds, run.run);
    result_.busy += seconds * run.threads;
    if (run.step == Step::segment) ++result_.segments;
  }
  void perform(const Commit& commit) { committed_.push_back(commit.job); }
  void perform(const Stop&) {}
  // Not too late, ever: the plan leaves enough room.
  void perform(const MoveEnd& move) {
    ActiveSegment& active = active_.at(move.run);
    active.run.segment = move.segment;
    result_.busy -= (active.end - active.begin) * active.run.threads;
    active.end = std::max(now_, active.begin + duration(active.run));
    result_.busy += (active.end - active.begin) * active.run.threads;
    ends_.emplace(active.end, move.run);  // the old one is passed over
  }
  void perform(const Discard&) {}
  void perform(const Finish&) {}

  const RecordedSource& film(JobId job) const { return films_[job - 1]; }

  double duration(const Run& run) const {
    const auto& seconds = film(run.job).seconds;
    switch (run.step) {
      case Step::inspect: return steps_.inspect;
      case Step::index: return steps_.index;
      case Step::reuse_segment: return steps_.per_segment;
      case Step::segment: return seconds[run.segment.to] - seconds[run.segment.from] + steps_.per_segment;
      case Step::assemble: return steps_.assemble;
      case Step::encode: return seconds.back() / run.threads;
      case Step::verify: return steps_.verify;
    }
    return 0;
  }

  // In frames, of the segment as it was at first: that is what workers tell.
  double progress(const ActiveSegment& active) const {
    if (active.run.step != Step::segment) return (now_ - active.begin) / std::max(active.end - active.begin, 1e-9);
    const auto& seconds = film(active.run.job).seconds;
    const double spent = now_ - active.begin + seconds[active.run.segment.from];
    const auto first = seconds.begin() + static_cast<std::ptrdiff_t>(active.run.segment.from);
    const auto last = seconds.begin() + static_cast<std::ptrdiff_t>(active.first.to);
    const auto reached = std::upper_bound(first, last, spent);
    return static_cast<double>(std::max<std::ptrdiff_t>(0, reached - first - 1)) / static_cast<double>(last - first);
  }

  void step() {
    const auto [time, id] = ends_.top();
    ends_.pop();
    const auto ended = active_.find(id);
    if (ended == active_.end() || ended->second.end != time) return;
    now_ = result_.makespan = time;
    const Run run = active_.extract(id).mapped().run;
    for (const auto& [other, state] : active_) batch_.progress(other, progress(state));
    take(answer(run));
    while (!committed_.empty()) {
      const JobId job = committed_.back();
      committed_.pop_back();
      take(batch_.committed(job, Ending::ok));
    }
  }

  Actions answer(const Run& run) {
    switch (run.step) {
      case Step::inspect: return batch_.inspected(run.run, {.cost = film(run.job).believed.total()});
      case Step::index: return batch_.indexed(run.run, {.map = film(run.job).believed, .fixed = {}, .found = {}});
      case Step::reuse_segment:
      case Step::segment: return batch_.segment_done(run.run, {std::to_string(run.segment.from),
                                                               std::to_string(run.segment.to)});
      case Step::assemble:
      case Step::encode: return batch_.encoded(run.run, 0);
      case Step::verify: return batch_.verified(run.run);
    }
    return {};
  }

  const std::vector<RecordedSource>& films_;
  StepSeconds steps_;
  Scheduler batch_;
  std::map<RunId, ActiveSegment> active_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::vector<JobId> committed_;
  double now_ = 0;
  SimulationResult result_;
};

}  // namespace

SimulationResult simulate(const std::vector<RecordedSource>& films, const Limits& limits, const StepSeconds& steps) {
  return Simulation(films, limits, steps).run();
}

std::string to_text(const SimulationResult& result) {
  return fmt::format("{:4} workers: {:9.2f} s, bound {:9.2f} s (+{:4.1f} %), idle {:4.1f} %, {} segments", result.slots,
                     result.makespan, result.lower_bound, 100 * result.above_bound(), 100 * result.idle(),
                     result.segments);
}

RecordedSource film_from_trace(const std::vector<double>& costs, double frames, std::size_t stretches,
                             std::size_t first, double key_interval) {
  constexpr std::size_t kBetweenKeys = 8;
  RecordedSource film;
  double seconds = 0, real = 0;
  for (double cost : costs) seconds += cost;
  const double usual = seconds / static_cast<double>(costs.size());
  for (std::size_t n = 0; n <= stretches; ++n) {
    const std::size_t place = (first + n) % costs.size();
    const CutKind kind = place == 0 ? CutKind::scene : n % kBetweenKeys == 0 ? CutKind::key : CutKind::inner;
    film.believed.points.push_back({usual * static_cast<double>(n), kind});
    film.seconds.push_back(real);
    real += costs[place];
  }
  film.believed.least = key_interval / frames * usual;
  film.believed.frame = usual / frames;
  return film;
}

}  // namespace hevcpool::plan

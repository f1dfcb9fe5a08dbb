// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/recorder.h"

#include <algorithm>

namespace hevcpool::profile {

constinit thread_local Recorder* Recorder::current_ = nullptr;

Recorder::Recorder(const RecorderOptions& options)
    : options_(options), stages_(options.most_slices, options.resolution) {
  if (options_.counters) counters_.emplace();
  if (counters_) last_counters_ = counters_->thread();
  open_.reserve(16);
  process_begun_ = process_cpu_now();
  begun_ = last_mark_ = {wall_now(), thread_cpu_now()};
  open_.push_back({Stage::other, begun_, {}});
  passes_.push_back({.begin = begun_.wall});
}

// Everything since the last boundary goes to the innermost stage.
Recorder::Moment Recorder::charge() {
  const Moment now{wall_now(), thread_cpu_now()};
  const Moment spent{now.wall - last_mark_.wall, now.cpu - last_mark_.cpu};
  Open& top = open_.back();
  StageTotal& total = totals_[index(top.stage)];
  total.wall += spent.wall;
  total.cpu += spent.cpu;
  top.spent.wall += spent.wall;
  top.spent.cpu += spent.cpu;
  if (counters_) {
    const CounterValues values = counters_->thread(), more = difference(values, last_counters_);
    for (std::size_t n = 0; n < kCounters; ++n) total.counters[n] += more[n], last_counters_[n] += more[n];
  }
  if (top.stage != Stage::other && top.stage != Stage::x265_call) add_slice(top.stage, last_mark_.wall, spent.wall);
  last_mark_ = now;
  return now;
}

void Recorder::enter(Stage stage) { open_.push_back({stage, charge(), {}}); }

void Recorder::leave() {
  if (options_.slow == open_.back().stage) [[unlikely]] dawdle();
  charge();
  const Open& top = open_.back();
  totals_[index(top.stage)].calls.add(top.spent.wall);
  last_ = {top.begin, top.spent};
  open_.pop_back();
}

void Recorder::stop() {
  while (open_.size() > 1) leave();
  charge();
  charge_others();
}

void Recorder::charge_others() {
  process_cpu_ = process_cpu_now() - process_begun_;
  const Nanoseconds known = last_mark_.cpu - begun_.cpu + total(Stage::encode).cpu + cpu_of_others_;
  const Nanoseconds more = std::max<Nanoseconds>(0, process_cpu_ - known);
  total(Stage::decode).cpu += more;
  cpu_of_others_ += more;
}

// The first pass has had the task's beginning, too.
void Recorder::begin_pass(int number) {
  if (passes_.back().number == number) return;
  if (passes_.back().number != 0) {
    passes_.push_back({.begin = charge().wall});
    charge_others();
    for (std::size_t n = 0; n < kStages; ++n) passes_.back().cpu_before[n] = totals_[n].cpu;
  }
  passes_.back().number = number;
}

void Recorder::dawdle() {
  const Nanoseconds until = thread_cpu_now() + options_.slow_by;
  while (thread_cpu_now() < until) {
  }
}

void Recorder::add_frame(const FrameRow& row) {
  PassTotal& pass = passes_.back();
  ++pass.frames;
  pass.bits += row.x265.bits;
  if (frames_.size() < options_.most_frames) frames_.push_back(row);
}

void Recorder::add_slice(Stage stage, Nanoseconds begin, Nanoseconds length) {
  if (length > 0) stages_.add({begin, length, static_cast<std::uint32_t>(stage), 0, 1});
}

void Recorder::add_frame_slice(std::size_t lane, const Slice& slice) {
  while (lanes_.size() <= lane) lanes_.emplace_back(options_.most_slices, options_.resolution);
  lanes_[lane].add(slice);
}

}  // namespace hevcpool::profile

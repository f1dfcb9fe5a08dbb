// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/recorder.h"

namespace hevcpool::profile {

constinit thread_local Recorder* Recorder::current_ = nullptr;

Recorder::Recorder(const RecorderOptions& options)
    : options_(options), stages_(options.most_slices, options.resolution) {
  if (options_.counters) counters_.emplace();
  if (counters_) last_counters_ = counters_->thread();
  open_.reserve(16);
  begun_ = last_mark_ = {wall_now(), thread_cpu_now()};
  open_.push_back({Stage::other, begun_, {}});
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
    const CounterValues values = counters_->thread();
    for (std::size_t n = 0; n < kCounters; ++n) total.counters[n] += values[n] - last_counters_[n];
    last_counters_ = values;
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
}

void Recorder::dawdle() {
  const Nanoseconds until = thread_cpu_now() + options_.slow_by;
  while (thread_cpu_now() < until) {
  }
}

void Recorder::add_frame(const FrameRow& row) {
  ++frame_count_;
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

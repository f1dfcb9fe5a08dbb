// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/measured.h"

#include <algorithm>
#include <cmath>

namespace hevcpool::tasks {
namespace {

profile::Nanoseconds nanoseconds(double seconds) { return std::llround(std::clamp(seconds, 0.0, 3600.0) * 1e9); }

profile::TaskProfileOptions options_of(const Measure& measure) {
  profile::TaskProfileOptions options;
  options.recorder.counters = measure.counters;
  if (!measure.frames) options.recorder.most_frames = 0;
  options.recorder.encoder_times = measure.frames && measure.encoder_times;
  options.recorder.most_slices = std::min<std::size_t>(measure.slices, 1'000'000);
  options.recorder.resolution = nanoseconds(measure.resolution);
  options.recorder.slow = profile::stage_named(measure.slow_stage);
  options.recorder.slow_by = nanoseconds(measure.slow_seconds);
  options.samples_per_second = std::min(measure.samples, 10'000U);
  return options;
}

}  // namespace

Measured::Measured(const Measure& measure, TaskContext& context) : descriptors_(context.descriptors()) {
  if (!measure.on || descriptors_.empty()) return;
  file_ = descriptors_.back();
  descriptors_ = descriptors_.first(descriptors_.size() - 1);
  profile_.emplace(options_of(measure));
}

// A profile that cannot be written is a profile less; the encode is as good.
Measured::~Measured() {
  if (profile_) static_cast<void>(profile::write_text(file_, profile_->finish()));
}

}  // namespace hevcpool::tasks

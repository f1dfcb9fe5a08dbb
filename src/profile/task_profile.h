// SPDX-License-Identifier: GPL-2.0-or-later
// One profiled task of a worker: begins recording on the calling thread, and in the end gives everything as a JSON
// text, which the host takes from a descriptor. The text's layout is in profile/run.h, "task". One thread.
#pragma once

#include "base/error.h"
#include "profile/recorder.h"
#include "profile/sampler.h"

#include <memory>
#include <string>

namespace hevcpool::profile {

struct TaskProfileOptions {
  RecorderOptions recorder;
  unsigned samples_per_second = 0;    // of CPU time; 0: no sampling
};

class TaskProfile {
 public:
  explicit TaskProfile(const TaskProfileOptions& options);
  ~TaskProfile();

  // Ends it.
  std::string finish();

 private:
  std::string text();

  Recorder recorder_;
  CounterValues process_counters_{};
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<Sampler> sampler_;
};

// Writes the whole text to an empty file.
Expected<void> write_text(int file, const std::string& text);

}  // namespace hevcpool::profile

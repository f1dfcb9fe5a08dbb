// SPDX-License-Identifier: GPL-2.0-or-later
// Records where the time of one task goes. The thread that runs the task installs a Recorder (Recording), and the
// code at the stage boundaries opens a Scope: without a recorder that costs one test of a pointer.
//
// At every boundary the wall and the CPU time since the last one go to the innermost open stage, so that the sum
// over stages is the thread's time, nothing counted twice and nothing lost. One thread: others see no recorder.
#pragma once

#include "profile/counters.h"
#include "profile/frame_row.h"
#include "profile/histogram.h"
#include "profile/probes.h"
#include "profile/stage.h"
#include "profile/timeline.h"

#include <array>
#include <optional>
#include <vector>

namespace hevcpool::profile {

struct RecorderOptions {
  bool counters = true;
  std::size_t most_frames = 100'000;     // rows kept; the others are only counted
  bool encoder_times = false;            // x265 is to time its frames itself
  std::size_t most_slices = 200'000;     // of each track
  Nanoseconds resolution = 0;            // of slices; 0: as they come
  std::optional<Stage> slow;             // for tests: each call of this stage...
  Nanoseconds slow_by = 0;               // ...takes so much more CPU time
};

struct StageTotal {
  Nanoseconds wall = 0, cpu = 0;
  Histogram calls;                       // wall time, without inner stages
  CounterValues counters{};
  void add_call(Nanoseconds its_wall, Nanoseconds its_cpu) {
    wall += its_wall, cpu += its_cpu;
    calls.add(its_wall);
  }
};

// Once through the source: a two-pass encode does it twice.
struct PassTotal {
  int number = 0;                        // 0: the only one
  Nanoseconds begin = 0;                 // wall clock
  std::uint64_t frames = 0, bits = 0;
  std::array<Nanoseconds, kStages> cpu_before{};
};

class Recorder {
 public:
  explicit Recorder(const RecorderOptions& options);
  static Recorder* current() { return current_; }

  void enter(Stage stage);
  void leave();
  // Ends the measurement: nothing is charged any more. Other threads than this one and x265's are the decoder's.
  void stop();

  struct Moment {
    Nanoseconds wall = 0, cpu = 0;
  };
  struct Call {                          // of the last stage that was left, without inner ones
    Moment begin, spent;
  };
  const Call& last_call() const { return last_; }

  const StageTotal& total(Stage stage) const { return totals_[index(stage)]; }
  StageTotal& total(Stage stage) { return totals_[index(stage)]; }
  const RecorderOptions& options() const { return options_; }
  const Counters* counters() const { return counters_ ? &*counters_ : nullptr; }
  Moment begun() const { return begun_; }
  Moment ended() const { return last_mark_; }
  Nanoseconds process_cpu() const { return process_cpu_; }  // of all threads, from beginning to end
  Nanoseconds cpu_of_others() const { return cpu_of_others_; }

  // What follows belongs to this pass.
  void begin_pass(int number);

  // By whoever encodes: frames, and slices of calls that are divided later.
  void add_frame(const FrameRow& row);
  void add_slice(Stage stage, Nanoseconds begin, Nanoseconds length);
  void add_frame_slice(std::size_t lane, const Slice& slice);
  std::vector<FrameRow>& frames() { return frames_; }
  const std::vector<PassTotal>& passes() const { return passes_; }
  Timeline& stages() { return stages_; }
  std::vector<Timeline>& lanes() { return lanes_; }
  int next_encoder() { return encoders_++; }

 private:
  friend class Recording;
  struct Open {
    Stage stage;
    Moment begin, spent;
  };
  Moment charge();
  void charge_others();
  void dawdle();

  // Set by Recording alone. The boundaries are deep in callbacks of libav, where nothing could be handed down.
  static constinit thread_local Recorder* current_;

  RecorderOptions options_;
  std::optional<Counters> counters_;
  Moment begun_, last_mark_;
  Nanoseconds process_begun_ = 0, process_cpu_ = 0, cpu_of_others_ = 0;
  CounterValues last_counters_{};
  std::vector<Open> open_;
  Call last_;
  std::array<StageTotal, kStages> totals_;
  std::vector<FrameRow> frames_;
  std::vector<PassTotal> passes_;        // at least one
  Timeline stages_;
  std::vector<Timeline> lanes_;
  int encoders_ = 0;
};

// Makes a recorder the current one of this thread, while it lives.
class Recording {
 public:
  explicit Recording(Recorder& recorder) { Recorder::current_ = &recorder; }
  ~Recording() { Recorder::current_ = nullptr; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
};

// The time until its end belongs to `stage`, but for what inner scopes take.
class Scope {
 public:
  explicit Scope(Stage stage) : recorder_(Recorder::current()), stage_(stage) {
    HEVCPOOL_PROBE1(stage_begin, static_cast<unsigned>(stage_));
    if (recorder_ != nullptr) [[unlikely]] recorder_->enter(stage);
  }
  ~Scope() {
    if (recorder_ != nullptr) [[unlikely]] recorder_->leave();
    HEVCPOOL_PROBE1(stage_end, static_cast<unsigned>(stage_));
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Recorder* recorder_;
  Stage stage_;
};

}  // namespace hevcpool::profile

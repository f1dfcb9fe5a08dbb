// SPDX-License-Identifier: GPL-2.0-or-later
// Watches one x265 encoder of a recorded task. Inside one call of it the worker's thread copies the picture, waits
// for a frame that x265's frame thread has finished, and decides on slice types; only when the frame that the call
// began comes out does x265 say how long the last of these took. So calls are kept until then, and divided.
//
// x265's threads are those that appear while it is opened; each has a CPU clock of its own. One thread; lives as
// long as the encoder, and not longer than the recorder.
#pragma once

#include "profile/recorder.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>

namespace hevcpool::profile {

struct EncoderShape {
  int frame_threads = 1;
  bool own_lookahead = true;    // slice types are decided in the caller's thread: x265 has no pool
  bool immediate = false;       // no delay: a call gives out the frame that it was given
};

class EncoderProbe {
 public:
  // Before the encoder is opened. Null when nothing is recorded.
  static std::unique_ptr<EncoderProbe> create();
  ~EncoderProbe();
  EncoderProbe(const EncoderProbe&) = delete;
  EncoderProbe& operator=(const EncoderProbe&) = delete;

  // Whether x265 is to time its frames itself. That is not free: it then looks at every sample of every picture.
  bool wants_times() const { return recorder_.options().encoder_times; }
  // Whether somebody will see each frame.
  bool wants_rows() const { return recorder_.options().most_frames > 0; }
  void opened(const EncoderShape& shape);
  // A picture is about to be given; what was spent on it so far is its own.
  void give(std::int64_t number);
  // A call, which was a Scope of Stage::x265_call, has ended without or with a frame.
  void called();
  void called(const EncodedFrame& frame);

 private:
  explicit EncoderProbe(Recorder& recorder);
  struct Front {                // CPU before the encoder, milliseconds
    double demux = 0, decode = 0, filter = 0, scale = 0;
  };
  struct PendingCall {
    Recorder::Call call;
    bool gave_frame = false;    // it waited for one
    std::int64_t number = -1;   // of the picture given; -1: none
  };
  void keep_call(bool gave_frame);
  Nanoseconds guess_decision(const PendingCall& call);
  // Returns the CPU time of its decision.
  Nanoseconds divide(const PendingCall& call, Nanoseconds decide_wait);
  // The call that began the frame that has just come out, and all before it.
  Recorder::Call divide_until(const EncodedFrame& frame, FrameRow& row);
  Nanoseconds likely_wall(const FrameRow& row, const Recorder::Call& began, const Recorder::Call& call) const;
  double since(Stage stage);
  void take_output_time();
  void add_slice(const FrameRow& row, Nanoseconds started);
  Nanoseconds charge_threads();

  Recorder& recorder_;
  int encoder_;
  EncoderShape shape_;
  std::vector<pid_t> before_, threads_;
  Nanoseconds last_cpu_ = 0;                // of those threads together
  std::array<Nanoseconds, kStages> marks_{};
  std::map<std::int64_t, Front> fronts_;
  std::map<std::int64_t, double> inputs_;   // CPU of copying the picture, milliseconds
  std::deque<PendingCall> calls_;           // the first shape_.frame_threads are those in flight
  std::int64_t given_ = -1;
  Nanoseconds usual_input_ = 0;             // CPU of the last call without a decision
  std::deque<Nanoseconds> recent_calls_;    // CPU; where x265 does not say how long it decides
  std::size_t last_row_ = SIZE_MAX;         // where the row of the frame before is kept
  std::vector<Nanoseconds> lane_end_;
};

}  // namespace hevcpool::profile

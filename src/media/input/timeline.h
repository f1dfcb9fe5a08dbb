// SPDX-License-Identifier: GPL-2.0-or-later
// Clocks of streams that are not decoded. Continuity takes the jumps out of a source's clock; CopyClock gives the
// packets of one copied stream times that a muxer accepts; StreamReach knows how far a stream goes. Plain values, one
// thread.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <optional>
#include <vector>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace hevcpool::media {

inline std::int64_t ticks(std::int64_t microseconds, AVRational time_base) {
  return av_rescale_q(microseconds, {1, AV_TIME_BASE}, time_base);
}
inline std::int64_t microseconds(std::int64_t time, AVRational time_base) {
  return av_rescale_q(time, time_base, {1, AV_TIME_BASE});
}

// Transport and programme streams may jump: at joins of recordings, from one file of a DVD's title to the next, or when
// the sender starts its clock anew. From a jump on, every stream is moved by the same amount, so that the picture goes on
// where it was and sound stays with it. Streams are interleaved: one may come to the jump before another. Other formats
// are left alone.
class Continuity {
 public:
  explicit Continuity(const AVFormatContext& format);
  // False: sound jumps, and by how much is for the picture to say, which is still before the jump. The packet is as it
  // was, and to be given again after those that follow it; `decide` settles it without the picture.
  bool apply(AVPacket& packet, bool decide = true);
  void reset();  // after a seek
  bool may_jump() const { return may_jump_; }
  std::int64_t jumps() const { return jumps_; }

 private:
  struct Clock {  // of a stream, AV_TIME_BASE units
    std::int64_t last = AV_NOPTS_VALUE, next = AV_NOPTS_VALUE;  // decoding times, continuous
    std::int64_t step = 0;                                      // from packet to packet
    std::int64_t shift = 0;                                     // added to its times
    bool picture = false;
  };
  Clock& clock_of(const AVPacket& packet);
  bool jumps(const Clock& clock, std::int64_t dts) const;
  bool picture_decides(const Clock& clock) const;
  void begin_anew(Clock& clock, std::int64_t raw);
  std::int64_t nearest_shift(std::int64_t raw, std::int64_t expected, std::int64_t shift) const;
  void go_on(Clock& clock, std::int64_t raw, std::int64_t duration);

  const AVFormatContext* format_;
  bool may_jump_;
  std::vector<Clock> clocks_;
  std::int64_t newest_ = AV_NOPTS_VALUE;
  std::int64_t shift_ = 0, shift_before_ = 0;  // since the last jump, and before it
  std::int64_t jumps_ = 0;
};

// Times for one copied stream: missing ones are made from durations, decoding times never go back. Sound gets a
// clock that tells its samples apart: several packets may have one time in the source's.
class CopyClock {
 public:
  explicit CopyClock(const AVStream& stream);
  void apply(AVPacket& packet);
  AVRational time_base() const { return time_base_; }  // of the times that it gives

 private:
  std::int64_t duration(const AVPacket& packet) const;
  std::int64_t after_last(std::int64_t dts) const;
  void watch(std::int64_t dts);

  const AVStream* stream_;
  AVRational time_base_;
  std::int64_t tick_ = 1;  // of the source, in time_base_
  std::int64_t last_ = AV_NOPTS_VALUE;
  std::int64_t next_ = AV_NOPTS_VALUE;
  std::int64_t last_duration_ = 0;
  std::int64_t source_ = AV_NOPTS_VALUE;  // the last time that the source itself gave
  bool repeated_ = false;                 // it gave that before
  bool restarted_ = false;                // its clock went back, and is behind still
};

// Where a stream that is being read ends: of sound the end of its last packet, of others the beginning. In the time
// base of the packets.
class StreamReach {
 public:
  void note(const AVPacket& packet, bool sound);
  // Nothing where the packets' times do not tell: missing, or going back.
  std::optional<std::int64_t> end() const;

 private:
  std::int64_t end_ = AV_NOPTS_VALUE;
  std::int64_t last_dts_ = AV_NOPTS_VALUE;
  bool steady_ = true;
};

}  // namespace hevcpool::media

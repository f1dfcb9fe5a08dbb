// SPDX-License-Identifier: GPL-2.0-or-later
// The frame that is shown at a moment of a video, found with as little decoding as exactness allows.
#pragma once

#include "media/input/frame_reader.h"

namespace hevcpool::media {

class FrameFinder {
 public:
  // `start_time`: what seconds count from, InputFile::time_zero(). The reader must outlive the finder.
  FrameFinder(FrameReader& reader, std::int64_t start_time) : reader_(&reader), start_time_(start_time) {}

  // The frame that is on screen at `seconds`: the last one shown by then, as players show it; before the first frame
  // that one. `more` says what comes after it: a frame soon after this one is reached by reading on.
  enum class More { none, soon };
  Expected<FramePtr> exact(double seconds, More more = More::none);
  Expected<FramePtr> exact_timestamp(std::int64_t timestamp, More more = More::none);  // in the stream's time base
  // The key frame nearest to `seconds`, where the file has an index; else the one before.
  Expected<FramePtr> nearest_key_frame(double seconds);

  // Whether from the one moment the other is best reached by reading on.
  More after(double seconds, double next) const;
  // The frame that was read after the one found last; null when none was.
  const AVFrame* ahead() const { return ahead_.get(); }
  // Call it when frames were read from the reader directly.
  void forget_position();
  // Seconds from the file's time 0; -1 when unknown.
  double seconds_of(const AVFrame& frame) const;

 private:
  std::int64_t timestamp_of(double seconds) const;
  std::int64_t needed_from(std::int64_t timestamp) const;
  std::int64_t first_margin() const;
  Expected<bool> go_before(std::int64_t timestamp, std::int64_t margin);
  bool can_go_on_to(std::int64_t timestamp) const;
  Expected<FramePtr> alone(std::int64_t timestamp);
  Expected<void> decode_from_before(std::int64_t timestamp);
  Expected<PacketPtr> key_packet_at(std::int64_t timestamp);
  Expected<PacketPtr> key_packet_before(std::int64_t timestamp);
  Expected<PacketPtr> last_key_packet(std::int64_t timestamp, bool even_later);
  Expected<FramePtr> scan(std::int64_t timestamp);
  Expected<FramePtr> last_frame();

  FrameReader* reader_;
  std::int64_t start_time_;
  std::int64_t position_ = AV_NOPTS_VALUE;  // of the last frame read
  FramePtr latest_;                         // the one found, of those read
  FramePtr ahead_;                          // the one read after it
};

}  // namespace hevcpool::media

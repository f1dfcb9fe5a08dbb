// SPDX-License-Identifier: GPL-2.0-or-later
// Decoded frames of one stream of an opened file, in presentation order, one thread. Damaged packets are skipped
// and counted; only the end of the file ends the stream. The file must outlive the reader.
#pragma once

#include "media/libav/av.h"
#include "media/input/effective_picture.h"
#include "media/input/timeline.h"

#include <cstdint>
#include <span>

namespace hevcpool::media {

class FrameReader {
 public:
  // Every other stream of the file is discarded by the demuxer from now on.
  static Expected<FrameReader> create(AVFormatContext& format, AVStream& stream, int threads = 1);

  // The next frame, lent until the next call; null at the end of the stream. Its pts is the best that is known
  // (AV_NOPTS_VALUE when none is), in the stream's time base, jumps of the clock taken out, and it says of itself what
  // EffectivePicture finds. Frames of a raw stream are counted, at its rate.
  Expected<AVFrame*> next();

  // The stream's next packet, without decoding it, lent until the next call; null at the end of the file.
  Expected<AVPacket*> next_packet();
  AVPacket* packet() const { return packet_.get(); }  // that packet
  // Decodes only these packets, which begin with a key frame and were read before, and gives what the last one
  // shows; null when nothing came of it. Then the place in the file is lost: seek before next().
  Expected<FramePtr> decode_alone(std::span<const PacketPtr> packets);

  // Goes to the key frame at or before `timestamp` (stream's time base), as far as the format can.
  Expected<void> seek(std::int64_t timestamp);
  // Where the clock jumps a seek by time leads nowhere: from now on each goes back to the first byte.
  void seek_to_the_beginning_only() { beginning_only_ = true; }
  bool begins_anew() const { return beginning_only_; }
  // When the key frame is shown that reading began with after the last seek; AV_NOPTS_VALUE when it was none, or unknown.
  // What is shown before it may lack its references.
  std::int64_t begun_with() const { return begun_with_; }
  // Goes back to the first frame.
  Expected<void> rewind();

  // Frames that are shown before `timestamp` and that no other frame needs are not decoded at all.
  void skip_unneeded_before(std::int64_t timestamp) { needed_from_ = timestamp; }
  // Only key frames are decoded.
  void key_frames_only(bool on);

  AVStream& stream() const { return *stream_; }
  AVFormatContext& format() const { return *format_; }
  std::int64_t damaged() const { return damaged_; }

 private:
  FrameReader(AVFormatContext& format, AVStream& stream)
      : format_(&format), stream_(&stream), effective_(format, stream), continuity_(format) {}
  Expected<void> feed();
  void give_time(AVFrame& frame);
  // Of a format that knows no times.
  bool is_raw() const { return stream_->start_time == AV_NOPTS_VALUE && stream_->avg_frame_rate.num > 0; }
  Expected<void> to_first_byte();
  Expected<FramePtr> frame_of(std::int64_t pts);
  bool before_key_frame(const AVPacket& packet);
  void choose_what_to_decode(const AVPacket& packet);
  bool is_early(std::int64_t pts);

  AVFormatContext* format_;
  AVStream* stream_;
  EffectivePicture effective_;
  Continuity continuity_;  // since the last seek
  bool beginning_only_ = false;
  CodecContextPtr decoder_;
  PacketPtr packet_;
  FramePtr frame_;
  std::int64_t needed_from_ = AV_NOPTS_VALUE;
  std::int64_t early_pts_ = AV_NOPTS_VALUE;  // of the packet before, where it was not needed
  std::int64_t damaged_ = 0;
  std::int64_t number_ = 0;  // of the next frame, since the beginning
  std::int64_t begun_with_ = AV_NOPTS_VALUE;
  bool begins_ = false;      // no packet was given out since the last seek
  int wait_for_key_ = 0;     // so many packets may still be passed over in search of a key frame
  bool key_frames_only_ = false;
  bool times_known_ = true;  // every packet so far had a presentation time
  bool draining_ = false;
};

// Opens the decoder of a stream.
Expected<CodecContextPtr> open_stream_decoder(const AVStream& stream, int threads);

}  // namespace hevcpool::media

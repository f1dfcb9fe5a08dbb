// SPDX-License-Identifier: GPL-2.0-or-later
// One libavcodec video decoder that does not stop at damage: what cannot be decoded is counted, and what can
// be is handed on, as the decoder shows it by default. One thread unless asked for more.
#pragma once

#include <functional>
#include <vector>

#include "media/libav/av.h"

namespace hevcpool::media {

// Lends a decoded frame for the call; its pts is the best estimate of its time in the stream's time base,
// which may be missing. The receiver may modify it or move its references away.
using FrameSink = std::function<Expected<void>(AVFrame&)>;

struct DecodeCounts {
  std::int64_t packets = 0;
  std::int64_t frames = 0;
  std::int64_t errors = 0;        // packets refused, and frames flagged as damaged or concealed
  std::int64_t before_clean = 0;  // errors before the first clean frame
};

class Decoder {
 public:
  // `stream` must outlive the decoder.
  static Expected<std::unique_ptr<Decoder>> open(const AVStream& stream, unsigned threads);

  Expected<void> send(const AVPacket& packet, const FrameSink& sink);
  Expected<void> finish(const FrameSink& sink);
  const DecodeCounts& counts() const { return counts_; }
  const AVCodecContext& context() const { return *context_; }

 private:
  explicit Decoder(const AVStream& stream);
  Expected<void> open_codec(unsigned threads);
  bool awaits_time(const AVPacket& packet) const;
  Expected<void> take_in(const AVPacket& packet, const FrameSink& sink);
  Expected<void> release_untimed(std::int64_t next_dts, const FrameSink& sink);
  void give_time(const AVPacket& packet);
  Expected<void> feed(const AVPacket* packet, const FrameSink& sink);
  Expected<bool> receive(const FrameSink& sink);
  void count_error();

  const AVStream& stream_;
  CodecContextPtr context_;
  FramePtr frame_;
  PacketPtr packet_;
  DecodeCounts counts_;
  bool clean_seen_ = false;
  // The running decoding time, in the stream's time base: for packets without one, as in raw streams.
  AVRational tick_{0, 1};  // ticks per frame
  std::int64_t next_dts_ = AV_NOPTS_VALUE;
  std::int64_t anchor_ = 0;
  std::int64_t since_anchor_ = 0;  // packets since the last one with a time of its own
  std::vector<PacketPtr> untimed_;  // those before the first with a decoding time: theirs are counted back from it
  std::size_t untimed_bytes_ = 0;
};

}  // namespace hevcpool::media

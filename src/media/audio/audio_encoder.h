// SPDX-License-Identifier: GPL-2.0-or-later
// Sound through resampler and encoder: frames of any form that follow one another in, packets out. One thread.
#pragma once

#include "media/audio/audio_request.h"
#include "media/libav/packet_sink.h"

extern "C" {
#include <libavutil/audio_fifo.h>
}

#include <memory>

namespace hevcpool::media {

class AudioEncoder {
 public:
  // `decoder` tells the form of what will come.
  static Expected<std::unique_ptr<AudioEncoder>> create(const AudioRequest& request, const AVCodecContext& decoder,
                                                        bool global_header);
  ~AudioEncoder() { av_channel_layout_uninit(&layout_); }
  AudioEncoder(const AudioEncoder&) = delete;
  AudioEncoder& operator=(const AudioEncoder&) = delete;

  // Where the first sample is, in time_base(). Before the first frame.
  void begin_at(std::int64_t pts) { next_pts_ = pts; }
  // Whether the frame has the form of the one before it.
  bool is_ready_for(const AVFrame& frame) const;
  Expected<void> send(const AVFrame& frame, const PacketSink& sink);
  Expected<void> finish(const PacketSink& sink);

  const AVCodecContext& context() const { return *encoder_; }
  AVRational time_base() const { return encoder_->time_base; }

 private:
  using FifoPtr = std::unique_ptr<AVAudioFifo, FreeByPointer<av_audio_fifo_free>>;
  AudioEncoder() = default;
  Expected<void> open(const AudioRequest& request, const AVCodecContext& decoder, bool global_header);
  Expected<void> open_resampler(const AVFrame& frame);
  Expected<void> resample(const AVFrame* frame);
  Expected<void> make_room(int samples);
  Expected<void> encode_full_frames(const PacketSink& sink);
  Expected<void> encode_samples(int count, const PacketSink& sink);
  Expected<void> encode(const AVFrame* frame, const PacketSink& sink);

  CodecContextPtr encoder_;
  ResamplerPtr resampler_;
  AVChannelLayout layout_{};  // what the resampler was set up for
  int rate_ = 0;
  AVSampleFormat format_ = AV_SAMPLE_FMT_NONE;
  FifoPtr fifo_;
  FramePtr samples_;
  PacketPtr packet_;
  std::int64_t next_pts_ = 0;  // of the first sample in the fifo
};

}  // namespace hevcpool::media

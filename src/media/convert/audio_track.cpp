// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_encoder.h"
#include "media/audio/audio_gaps.h"
#include "media/libav/frame_filter.h"
#include "media/input/frame_reader.h"
#include "media/convert/stream_track.h"

#include <optional>

namespace hevcpool::media {
namespace {

// Packets to frames, frames without gaps, filtered where that is asked for, to packets.
class AudioTrack final : public StreamTrack {
 public:
  static Expected<std::unique_ptr<StreamTrack>> create(const AVStream& source, const AudioRequest& request,
                                                       bool global_header, Diagnostics& notes);

  Expected<void> describe(AVStream& output) const override;
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override;
  AVRational time_base() const override { return encoder_->time_base(); }

 private:
  AudioTrack(const AVStream& source, const AudioRequest& request, Diagnostics& notes)
      : source_(source), request_(request), notes_(notes), gaps_(source.time_base, request.begin) {}
  Expected<void> receive(const PacketSink& sink);
  Expected<void> take(AVFrame& frame, const PacketSink& sink);
  Expected<void> encode(AVFrame& frame, const PacketSink& sink);
  Expected<void> filter(AVFrame& frame, const PacketSink& sink);
  Expected<void> empty_filter(const PacketSink& sink);
  Expected<void> pass_filtered(const PacketSink& sink);
  void note_layout(const AVFrame& frame);
  void note_damage(int error);

  const AVStream& source_;
  AudioRequest request_;
  Diagnostics& notes_;
  CodecContextPtr decoder_;
  FramePtr frame_;
  AudioGaps gaps_;
  std::optional<FrameFilter> filter_;
  std::unique_ptr<AudioEncoder> encoder_;
  bool begun_ = false;
};

Expected<std::unique_ptr<StreamTrack>> AudioTrack::create(const AVStream& source, const AudioRequest& request,
                                                          bool global_header, Diagnostics& notes) {
  std::unique_ptr<AudioTrack> track(new AudioTrack(source, request, notes));
  HEVCPOOL_ASSIGN(track->decoder_, open_stream_decoder(source, 1));
  HEVCPOOL_ASSIGN(track->encoder_, AudioEncoder::create(request, *track->decoder_, global_header));
  track->frame_.reset(av_frame_alloc());
  if (!track->frame_) return fail_av("audio", "buffers", AVERROR(ENOMEM));
  return track;
}

Expected<void> AudioTrack::describe(AVStream& output) const {
  output.time_base = encoder_->time_base();
  const int result = avcodec_parameters_from_context(output.codecpar, &encoder_->context());
  return result < 0 ? Expected<void>(fail_av("mux", "codec parameters", result)) : Expected<void>{};
}

void AudioTrack::note_damage(int error) {
  notes_.warn("damaged_sound", fmt::format("audio stream {}: undecodable packets ({})", source_.index,
                                           av_message(error)));
}

Expected<void> AudioTrack::send(AVPacket& packet, const PacketSink& sink) {
  const int result = avcodec_send_packet(decoder_.get(), &packet);
  if (result == AVERROR(ENOMEM)) return fail_av("audio", "decoding", result);
  if (result < 0) note_damage(result);
  return receive(sink);
}

Expected<void> AudioTrack::receive(const PacketSink& sink) {
  for (;;) {
    const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result == AVERROR(ENOMEM)) return fail_av("audio", "decoding", result);
    if (result < 0) {
      note_damage(result);
      continue;
    }
    frame_->pts = frame_->best_effort_timestamp;
    if (frame_->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
      av_channel_layout_default(&frame_->ch_layout, frame_->ch_layout.nb_channels);
    HEVCPOOL_CHECK(gaps_.take(*frame_, [&](AVFrame& frame) { return take(frame, sink); }));
  }
}

// The layout of the output is that of the beginning.
void AudioTrack::note_layout(const AVFrame& frame) {
  const AVCodecContext& encoder = encoder_->context();
  const ChannelLayout wanted = layout_for(*encoder.codec, frame.ch_layout);
  if (missing_channels(wanted.get(), encoder.ch_layout) > 0)
    notes_.warn("channels", fmt::format("audio stream {}: a part in {} is mixed down to {}, the layout of its beginning",
                                        source_.index, wanted.name(), ChannelLayout(encoder.ch_layout).name()));
}

Expected<void> AudioTrack::take(AVFrame& frame, const PacketSink& sink) {
  if (!begun_) {
    encoder_->begin_at(av_rescale_q(gaps_.first(), kNanoseconds, encoder_->time_base()));
    begun_ = true;
  }
  return request_.filter.empty() ? encode(frame, sink) : filter(frame, sink);
}

Expected<void> AudioTrack::encode(AVFrame& frame, const PacketSink& sink) {
  if (!encoder_->is_ready_for(frame)) note_layout(frame);
  return encoder_->send(frame, sink);
}

Expected<void> AudioTrack::filter(AVFrame& frame, const PacketSink& sink) {
  if (filter_ && !filter_->fits(frame)) HEVCPOOL_CHECK(empty_filter(sink));
  if (!filter_) {
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(frame, {1, frame.sample_rate}, {0, 1}, request_.filter));
  }
  frame.pts = AV_NOPTS_VALUE;
  HEVCPOOL_CHECK(filter_->push(&frame));
  return pass_filtered(sink);
}

Expected<void> AudioTrack::pass_filtered(const PacketSink& sink) {
  for (;;) {
    HEVCPOOL_ASSIGN(const FramePtr frame, filter_->pull());
    if (!frame) return {};
    HEVCPOOL_CHECK(encode(*frame, sink));
  }
}

Expected<void> AudioTrack::empty_filter(const PacketSink& sink) {
  HEVCPOOL_CHECK(filter_->push(nullptr));
  HEVCPOOL_CHECK(pass_filtered(sink));
  filter_.reset();
  return {};
}

Expected<void> AudioTrack::finish(const PacketSink& sink) {
  avcodec_send_packet(decoder_.get(), nullptr);
  HEVCPOOL_CHECK(receive(sink));
  HEVCPOOL_CHECK(gaps_.finish([&](AVFrame& frame) { return take(frame, sink); }));
  if (filter_) HEVCPOOL_CHECK(empty_filter(sink));
  return encoder_->finish(sink);
}

}  // namespace

Expected<std::unique_ptr<StreamTrack>> make_audio_track(const AVStream& source, const AudioRequest& request,
                                                        bool global_header, Diagnostics& notes) {
  return AudioTrack::create(source, request, global_header, notes);
}

}  // namespace hevcpool::media

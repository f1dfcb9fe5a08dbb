// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/compat.h"
#include "media/frame_reader.h"
#include "media/stream_track.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstdlib>

namespace hevcpool::media {
namespace {

using FifoPtr = std::unique_ptr<AVAudioFifo, FreeByPointer<av_audio_fifo_free>>;

// The format that says the most of what the decoder gives: the same, its planar or packed twin, else the widest.
AVSampleFormat choose_sample_format(const AVCodec& encoder, AVSampleFormat decoded) {
  const auto offered = sample_formats(encoder);
  if (offered.empty()) return decoded;
  const AVSampleFormat twin = av_sample_fmt_is_planar(decoded) ? av_get_packed_sample_fmt(decoded)
                                                               : av_get_planar_sample_fmt(decoded);
  for (const AVSampleFormat wanted : {decoded, twin})
    if (std::ranges::find(offered, wanted) != offered.end()) return wanted;
  return *std::ranges::max_element(offered, {}, [](AVSampleFormat f) { return av_get_bytes_per_sample(f); });
}

int choose_sample_rate(const AVCodec& encoder, int rate) {
  const auto offered = sample_rates(encoder);
  if (offered.empty() || std::ranges::find(offered, rate) != offered.end()) return rate;
  // The next one above loses nothing.
  int best = *std::ranges::max_element(offered);
  for (const int candidate : offered)
    if (candidate >= rate) best = std::min(best, candidate);
  return best;
}

class AudioTrack final : public StreamTrack {
 public:
  static Expected<std::unique_ptr<StreamTrack>> create(const AVStream& source, const AudioRequest& request,
                                                       bool global_header, Notes& notes);
  ~AudioTrack() override { av_channel_layout_uninit(&layout_); }

  Expected<void> describe(AVStream& output) const override;
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override;
  AVRational time_base() const override { return encoder_->time_base; }

 private:
  AudioTrack(const AVStream& source, Notes& notes) : source_(source), notes_(notes) {}
  Expected<void> open_encoder(const AudioRequest& request, bool global_header);
  Expected<void> open_resampler(const AVFrame& frame);
  bool fits_resampler(const AVFrame& frame) const;
  Expected<void> receive(const PacketSink& sink);
  Expected<void> resample(const AVFrame* frame);
  Expected<void> encode_full_frames(const PacketSink& sink);
  Expected<void> encode_samples(int count, const PacketSink& sink);
  Expected<void> encode(const AVFrame* frame, const PacketSink& sink);
  void note_damage(int error);

  const AVStream& source_;
  Notes& notes_;
  CodecContextPtr decoder_, encoder_;
  ResamplerPtr resampler_;
  AVChannelLayout layout_{};  // what the resampler was set up for
  int rate_ = 0;
  AVSampleFormat format_ = AV_SAMPLE_FMT_NONE;
  FifoPtr fifo_;
  FramePtr frame_, samples_;
  PacketPtr packet_;
  std::int64_t next_pts_ = AV_NOPTS_VALUE;  // of the first sample in the fifo, 1 / sample rate
};

Expected<std::unique_ptr<StreamTrack>> AudioTrack::create(const AVStream& source, const AudioRequest& request,
                                                          bool global_header, Notes& notes) {
  std::unique_ptr<AudioTrack> track(new AudioTrack(source, notes));
  HEVCPOOL_ASSIGN(track->decoder_, open_stream_decoder(source, 1));
  HEVCPOOL_CHECK(track->open_encoder(request, global_header));
  track->frame_.reset(av_frame_alloc());
  track->samples_.reset(av_frame_alloc());
  track->packet_.reset(av_packet_alloc());
  const AVCodecContext& encoder = *track->encoder_;
  track->fifo_.reset(av_audio_fifo_alloc(encoder.sample_fmt, encoder.ch_layout.nb_channels, 4096));
  if (!track->frame_ || !track->samples_ || !track->packet_ || !track->fifo_)
    return fail_av("audio", "buffers", AVERROR(ENOMEM));
  return track;
}

Expected<void> AudioTrack::open_encoder(const AudioRequest& request, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(request.encoder.c_str());
  if (!codec) return fail("audio", "no_encoder", fmt::format("there is no audio encoder '{}'", request.encoder));
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) return fail_av("audio", "encoder", AVERROR(ENOMEM));
  const ChannelLayout layout = layout_for(*codec, decoder_->ch_layout);
  av_channel_layout_copy(&encoder_->ch_layout, &layout.get());
  encoder_->sample_fmt = choose_sample_format(*codec, decoder_->sample_fmt);
  encoder_->sample_rate = choose_sample_rate(*codec, decoder_->sample_rate);
  encoder_->time_base = {1, encoder_->sample_rate};
  encoder_->bit_rate = request.bit_rate;
  encoder_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if (codec->id == AV_CODEC_ID_FLAC && encoder_->sample_fmt == AV_SAMPLE_FMT_S32) encoder_->bits_per_raw_sample = 24;
  if (global_header) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int result = avcodec_open2(encoder_.get(), codec, nullptr); result < 0)
    return fail_av("audio", fmt::format("opening the encoder {} for {}", codec->name, layout.name()), result);
  return {};
}

Expected<void> AudioTrack::describe(AVStream& output) const {
  output.time_base = encoder_->time_base;
  const int result = avcodec_parameters_from_context(output.codecpar, encoder_.get());
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
    if (!fits_resampler(*frame_)) {
      if (resampler_) HEVCPOOL_CHECK(resample(nullptr));
      HEVCPOOL_CHECK(open_resampler(*frame_));
    }
    HEVCPOOL_CHECK(resample(frame_.get()));
    HEVCPOOL_CHECK(encode_full_frames(sink));
  }
}

bool AudioTrack::fits_resampler(const AVFrame& frame) const {
  return resampler_ && frame.sample_rate == rate_ && frame.format == format_ &&
         av_channel_layout_compare(&frame.ch_layout, &layout_) == 0;
}

Expected<void> AudioTrack::open_resampler(const AVFrame& frame) {
  if (frame.sample_rate <= 0 || frame.ch_layout.nb_channels <= 0)
    return fail("audio", "invalid_data", "sound without sample rate or channels");
  av_channel_layout_copy(&layout_, &frame.ch_layout);
  if (layout_.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&layout_, frame.ch_layout.nb_channels);
  rate_ = frame.sample_rate;
  format_ = static_cast<AVSampleFormat>(frame.format);
  SwrContext* made = nullptr;
  int result = swr_alloc_set_opts2(&made, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate, &layout_,
                                   format_, rate_, 0, nullptr);
  resampler_.reset(made);
  // Gaps are filled with silence and overlaps cut, so that sound stays with the picture; nothing is stretched.
  if (result >= 0) result = av_opt_set_double(resampler_.get(), "async", 1, 0);
  if (result >= 0) result = swr_init(resampler_.get());
  return result < 0 ? Expected<void>(fail_av("audio", "setting up the resampler", result)) : Expected<void>{};
}

Expected<void> AudioTrack::resample(const AVFrame* frame) {
  const AVRational unit{1, encoder_->sample_rate};
  if (frame && frame->best_effort_timestamp != AV_NOPTS_VALUE) {
    const std::int64_t fine =
        av_rescale(frame->best_effort_timestamp,
                   source_.time_base.num * std::int64_t{rate_} * encoder_->sample_rate, source_.time_base.den);
    const std::int64_t out = swr_next_pts(resampler_.get(), fine);
    if (next_pts_ == AV_NOPTS_VALUE)
      next_pts_ = av_rescale_q(frame->best_effort_timestamp, source_.time_base, unit);
    static_cast<void>(out);
  }
  if (next_pts_ == AV_NOPTS_VALUE) next_pts_ = 0;
  const int room = swr_get_out_samples(resampler_.get(), frame ? frame->nb_samples : 0);
  if (room <= 0) return {};
  av_frame_unref(samples_.get());
  samples_->format = encoder_->sample_fmt;
  samples_->sample_rate = encoder_->sample_rate;
  av_channel_layout_copy(&samples_->ch_layout, &encoder_->ch_layout);
  samples_->nb_samples = room;
  if (const int result = av_frame_get_buffer(samples_.get(), 0); result < 0)
    return fail_av("audio", "samples", result);
  const int got = swr_convert(resampler_.get(), samples_->extended_data, room,
                              frame ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr,
                              frame ? frame->nb_samples : 0);
  if (got < 0) return fail_av("audio", "resampling", got);
  if (av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(samples_->extended_data), got) < got)
    return fail_av("audio", "samples", AVERROR(ENOMEM));
  return {};
}

Expected<void> AudioTrack::encode_full_frames(const PacketSink& sink) {
  const bool any_size = encoder_->frame_size <= 0 || (encoder_->codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE);
  const int wanted = any_size ? 1024 : encoder_->frame_size;
  while (av_audio_fifo_size(fifo_.get()) >= wanted) HEVCPOOL_CHECK(encode_samples(wanted, sink));
  return {};
}

Expected<void> AudioTrack::encode_samples(int count, const PacketSink& sink) {
  av_frame_unref(samples_.get());
  samples_->format = encoder_->sample_fmt;
  samples_->sample_rate = encoder_->sample_rate;
  samples_->nb_samples = count;
  av_channel_layout_copy(&samples_->ch_layout, &encoder_->ch_layout);
  if (const int result = av_frame_get_buffer(samples_.get(), 0); result < 0)
    return fail_av("audio", "samples", result);
  av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(samples_->extended_data), count);
  samples_->pts = next_pts_;
  next_pts_ += count;
  return encode(samples_.get(), sink);
}

Expected<void> AudioTrack::encode(const AVFrame* frame, const PacketSink& sink) {
  if (const int result = avcodec_send_frame(encoder_.get(), frame); result < 0)
    return fail_av("audio", "encoding", result);
  for (;;) {
    const int result = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result < 0) return fail_av("audio", "encoding", result);
    HEVCPOOL_CHECK(sink(*packet_));
    av_packet_unref(packet_.get());
  }
}

Expected<void> AudioTrack::finish(const PacketSink& sink) {
  avcodec_send_packet(decoder_.get(), nullptr);
  HEVCPOOL_CHECK(receive(sink));
  if (resampler_) HEVCPOOL_CHECK(resample(nullptr));
  HEVCPOOL_CHECK(encode_full_frames(sink));
  if (const int rest = av_audio_fifo_size(fifo_.get()); rest > 0) HEVCPOOL_CHECK(encode_samples(rest, sink));
  return encode(nullptr, sink);
}

}  // namespace

Expected<std::unique_ptr<StreamTrack>> make_audio_track(const AVStream& source, const AudioRequest& request,
                                                        bool global_header, Notes& notes) {
  return AudioTrack::create(source, request, global_header, notes);
}

}  // namespace hevcpool::media

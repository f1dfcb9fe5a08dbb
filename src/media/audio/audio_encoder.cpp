// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_encoder.h"

#include "media/libav/compat.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace hevcpool::media {
namespace {

bool is_float(AVSampleFormat format) {
  const AVSampleFormat packed = av_get_packed_sample_fmt(format);
  return packed == AV_SAMPLE_FMT_FLT || packed == AV_SAMPLE_FMT_DBL;
}

// The format that says all that the decoder gives, and no more than that: the same, its planar or packed twin, the
// next wider one of its kind, else the widest.
AVSampleFormat choose_sample_format(const AVCodec& encoder, AVSampleFormat decoded) {
  const auto offered = sample_formats(encoder);
  if (offered.empty()) return decoded;
  const auto rank = [&](AVSampleFormat format) {
    const int wider = av_get_bytes_per_sample(format) - av_get_bytes_per_sample(decoded);
    const bool holds = wider >= 0 && is_float(format) == is_float(decoded);
    return std::tuple(format != decoded, !holds, holds ? wider : -wider);
  };
  return *std::ranges::min_element(offered, {}, rank);
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

}  // namespace

Expected<std::unique_ptr<AudioEncoder>> AudioEncoder::create(const AudioRequest& request, const AVCodecContext& decoder,
                                                             bool global_header) {
  std::unique_ptr<AudioEncoder> made(new AudioEncoder);
  HEVCPOOL_CHECK(made->open(request, decoder, global_header));
  made->samples_.reset(av_frame_alloc());
  made->packet_.reset(av_packet_alloc());
  const AVCodecContext& encoder = *made->encoder_;
  made->fifo_.reset(av_audio_fifo_alloc(encoder.sample_fmt, encoder.ch_layout.nb_channels, 4096));
  if (!made->samples_ || !made->packet_ || !made->fifo_) return fail_av("audio", "buffers", AVERROR(ENOMEM));
  return made;
}

Expected<void> AudioEncoder::open(const AudioRequest& request, const AVCodecContext& decoder, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(request.encoder.c_str());
  if (!codec) return fail("audio", "no_encoder", fmt::format("there is no audio encoder '{}'", request.encoder));
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) return fail_av("audio", "encoder", AVERROR(ENOMEM));
  const ChannelLayout layout = layout_for(*codec, decoder.ch_layout);
  av_channel_layout_copy(&encoder_->ch_layout, &layout.get());
  encoder_->sample_fmt = choose_sample_format(*codec, decoder.sample_fmt);
  encoder_->sample_rate = choose_sample_rate(*codec, decoder.sample_rate);
  encoder_->time_base = {1, encoder_->sample_rate};
  encoder_->bit_rate = request.bit_rate;
  encoder_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  const bool at_most_24 = codec->id == AV_CODEC_ID_FLAC || codec->id == AV_CODEC_ID_ALAC;
  if (at_most_24 && av_get_bytes_per_sample(encoder_->sample_fmt) == 4) encoder_->bits_per_raw_sample = 24;
  if (global_header) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  // Without it, libav gives libopus the channels of 5.0 and 6.1 in another order than it says.
  if (std::string_view(codec->name) == "libopus" && layout.get().nb_channels > 2) av_dict_set(&options, "mapping_family", "1", 0);
  const int result = avcodec_open2(encoder_.get(), codec, &options);
  av_dict_free(&options);
  if (result < 0)
    return fail_av("audio", fmt::format("opening the encoder {} for {}", codec->name, layout.name()), result);
  return {};
}

bool AudioEncoder::is_ready_for(const AVFrame& frame) const {
  return resampler_ && frame.sample_rate == rate_ && frame.format == format_ &&
         av_channel_layout_compare(&frame.ch_layout, &layout_) == 0;
}

Expected<void> AudioEncoder::open_resampler(const AVFrame& frame) {
  av_channel_layout_copy(&layout_, &frame.ch_layout);
  rate_ = frame.sample_rate;
  format_ = static_cast<AVSampleFormat>(frame.format);
  SwrContext* made = nullptr;
  int result = swr_alloc_set_opts2(&made, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate, &layout_,
                                   format_, rate_, 0, nullptr);
  resampler_.reset(made);
  if (result >= 0) result = swr_init(resampler_.get());
  return result < 0 ? Expected<void>(fail_av("audio", "setting up the resampler", result)) : Expected<void>{};
}

Expected<void> AudioEncoder::send(const AVFrame& frame, const PacketSink& sink) {
  if (!is_ready_for(frame)) {
    if (resampler_) HEVCPOOL_CHECK(resample(nullptr));
    HEVCPOOL_CHECK(open_resampler(frame));
  }
  HEVCPOOL_CHECK(resample(&frame));
  return encode_full_frames(sink);
}

// Room for so many samples in samples_.
Expected<void> AudioEncoder::make_room(int samples) {
  av_frame_unref(samples_.get());
  samples_->format = encoder_->sample_fmt;
  samples_->sample_rate = encoder_->sample_rate;
  samples_->nb_samples = samples;
  int result = av_channel_layout_copy(&samples_->ch_layout, &encoder_->ch_layout);
  if (result >= 0) result = av_frame_get_buffer(samples_.get(), 0);
  return result < 0 ? Expected<void>(fail_av("audio", "samples", result)) : Expected<void>{};
}

Expected<void> AudioEncoder::resample(const AVFrame* frame) {
  const int room = swr_get_out_samples(resampler_.get(), frame ? frame->nb_samples : 0);
  if (room <= 0) return {};
  HEVCPOOL_CHECK(make_room(room));
  const auto data = frame ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr;
  const int got = swr_convert(resampler_.get(), samples_->extended_data, room, data, frame ? frame->nb_samples : 0);
  if (got < 0) return fail_av("audio", "resampling", got);
  if (av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(samples_->extended_data), got) < got)
    return fail_av("audio", "samples", AVERROR(ENOMEM));
  return {};
}

Expected<void> AudioEncoder::encode_full_frames(const PacketSink& sink) {
  const bool any_size = encoder_->frame_size <= 0 || (encoder_->codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE);
  const int wanted = any_size ? 1024 : encoder_->frame_size;
  while (av_audio_fifo_size(fifo_.get()) >= wanted) HEVCPOOL_CHECK(encode_samples(wanted, sink));
  return {};
}

Expected<void> AudioEncoder::encode_samples(int count, const PacketSink& sink) {
  HEVCPOOL_CHECK(make_room(count));
  av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(samples_->extended_data), count);
  samples_->pts = next_pts_;
  next_pts_ += count;
  return encode(samples_.get(), sink);
}

Expected<void> AudioEncoder::encode(const AVFrame* frame, const PacketSink& sink) {
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

Expected<void> AudioEncoder::finish(const PacketSink& sink) {
  if (resampler_) HEVCPOOL_CHECK(resample(nullptr));
  HEVCPOOL_CHECK(encode_full_frames(sink));
  if (const int rest = av_audio_fifo_size(fifo_.get()); rest > 0) HEVCPOOL_CHECK(encode_samples(rest, sink));
  return encode(nullptr, sink);
}

}  // namespace hevcpool::media

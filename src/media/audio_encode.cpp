// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio_encode.h"

#include "media/audio_file.h"
#include "media/audio_formats.h"
#include "media/audio_frames.h"
#include "media/compat.h"

extern "C" {
#include <libavutil/audio_fifo.h>
}

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

constexpr int kFreeFrameSize = 4096;  // samples, for encoders that take any number

using SampleQueue = std::unique_ptr<AVAudioFifo, FreeByPointer<av_audio_fifo_free>>;

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  av_channel_layout_describe(&layout, text.data(), text.size());
  return text.data();
}

// The rate of the encoder that is nearest to the source's, not below it where there is one.
int choose_rate(const AVCodec& encoder, int wanted) {
  int best = 0;
  for (const int rate : sample_rates(encoder)) {
    if (rate == wanted) return wanted;
    const bool closer = best < wanted ? rate > best : rate >= wanted && rate < best;
    if (best == 0 || closer) best = rate;
  }
  return best == 0 ? wanted : best;
}

class AudioEncoder {
 public:
  AudioEncoder(InputFile& file, AVStream& stream, const AudioEncodeRequest& request)
      : file_(file), stream_(stream), request_(request) {}
  Expected<EncodedAudio> run();

 private:
  std::string graph() const;
  Expected<void> open(const AVFrame& first);
  Expected<void> open_encoder(const AVFrame& first);
  Expected<void> queue(const AVFrame& frame);
  Expected<void> encode_queued(int least);
  Expected<void> encode(const AVFrame* frame);

  InputFile& file_;
  AVStream& stream_;
  const AudioEncodeRequest& request_;
  AudioEncoding encoding_;
  std::unique_ptr<AudioFile> target_;
  CodecContextPtr encoder_;
  SampleQueue queue_;  // encoders want frames of one size
  PacketPtr packet_{av_packet_alloc()};
  std::int64_t samples_ = 0;  // sent so far: the encoder's clock, without the source's gaps of a sample or two
};

// What the encoder takes, whatever the source has.
std::string AudioEncoder::graph() const {
  const AVCodec& codec = *encoding_.encoder;
  std::string out = request_.filter.empty() ? "" : request_.filter + ",";
  out += fmt::format("aformat=sample_rates={}", choose_rate(codec, stream_.codecpar->sample_rate));
  if (const auto formats = sample_formats(codec); !formats.empty())
    out += fmt::format(":sample_fmts={}", av_get_sample_fmt_name(formats.front()));
  if (codec.id == AV_CODEC_ID_MP3) out += ":channel_layouts=mono|stereo";
  if (codec.id == AV_CODEC_ID_OPUS) out += ":channel_layouts=mono|stereo|3.0|quad|5.0|5.1|6.1|7.1";
  return out;
}

Expected<void> AudioEncoder::open_encoder(const AVFrame& first) {
  encoder_.reset(avcodec_alloc_context3(encoding_.encoder));
  if (!encoder_ || !packet_) return fail_av("encode", "allocate encoder", AVERROR(ENOMEM));
  encoder_->sample_rate = first.sample_rate;
  encoder_->sample_fmt = static_cast<AVSampleFormat>(first.format);
  encoder_->time_base = {1, first.sample_rate};
  if (request_.bitrate > 0) encoder_->bit_rate = static_cast<std::int64_t>(request_.bitrate);
  if (target_->wants_global_header()) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int rc = av_channel_layout_copy(&encoder_->ch_layout, &first.ch_layout); rc < 0)
    return fail_av("encode", "channel layout", rc);
  if (const int rc = avcodec_open2(encoder_.get(), encoding_.encoder, nullptr); rc < 0)
    return fail_av("encode", fmt::format("open encoder {} for {}", encoding_.encoder->name,
                                         layout_name(first.ch_layout)), rc);
  queue_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels, kFreeFrameSize));
  if (!queue_) return fail_av("encode", "allocate queue", AVERROR(ENOMEM));
  return {};
}

Expected<void> AudioEncoder::open(const AVFrame& first) {
  HEVCPOOL_ASSIGN(target_, AudioFile::create(request_.target, encoding_.file.muxer));
  HEVCPOOL_CHECK(open_encoder(first));
  if (const int rc = avcodec_parameters_from_context(target_->stream().codecpar, encoder_.get()); rc < 0)
    return fail_av("encode", "codec parameters", rc);
  target_->stream().time_base = encoder_->time_base;
  av_dict_copy(&target_->stream().metadata, stream_.metadata, 0);
  return target_->begin();
}

Expected<void> AudioEncoder::queue(const AVFrame& frame) {
  if (!encoder_) HEVCPOOL_CHECK(open(frame));
  if (frame.ch_layout.nb_channels != encoder_->ch_layout.nb_channels)
    return fail("encode", "channels_change", "the number of channels changes within the track");
  const auto data = reinterpret_cast<void**>(frame.extended_data);
  if (av_audio_fifo_write(queue_.get(), data, frame.nb_samples) < frame.nb_samples)
    return fail_av("encode", "queue sound", AVERROR(ENOMEM));
  return encode_queued(encoder_->frame_size > 0 ? encoder_->frame_size : 1);
}

// Encodes frames while at least `least` samples wait.
Expected<void> AudioEncoder::encode_queued(int least) {
  const int most = encoder_->frame_size > 0 ? encoder_->frame_size : kFreeFrameSize;
  while (const int waiting = av_audio_fifo_size(queue_.get())) {
    if (waiting < least) return {};
    const FramePtr frame(av_frame_alloc());
    if (!frame) return fail_av("encode", "allocate frame", AVERROR(ENOMEM));
    frame->nb_samples = std::min(most, waiting);
    frame->format = encoder_->sample_fmt;
    frame->sample_rate = encoder_->sample_rate;
    frame->pts = samples_;
    samples_ += frame->nb_samples;
    int rc = av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout);
    if (rc >= 0) rc = av_frame_get_buffer(frame.get(), 0);
    if (rc < 0) return fail_av("encode", "allocate frame", rc);
    av_audio_fifo_read(queue_.get(), reinterpret_cast<void**>(frame->extended_data), frame->nb_samples);
    HEVCPOOL_CHECK(encode(frame.get()));
  }
  return {};
}

Expected<void> AudioEncoder::encode(const AVFrame* frame) {
  int rc = avcodec_send_frame(encoder_.get(), frame);
  while (rc >= 0) {
    rc = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) return {};
    if (rc >= 0) HEVCPOOL_CHECK(target_->write(*packet_, encoder_->time_base));
  }
  return fail_av("encode", "encode sound", rc);
}

Expected<EncodedAudio> AudioEncoder::run() {
  HEVCPOOL_ASSIGN(encoding_, audio_encoding(request_.codec, *stream_.codecpar));
  HEVCPOOL_ASSIGN(encoding_.file, audio_file_named(request_.target_name, encoding_.encoder->id));
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file_.format(), stream_));
  AudioFrames frames(reader, graph());
  while (true) {
    if (request_.cancelled && request_.cancelled()) return fail("audio", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const FramePtr frame, frames.next());
    if (!frame) break;
    HEVCPOOL_CHECK(queue(*frame));
  }
  if (!encoder_) return fail("decode", "no_frame", "no sound could be decoded");
  HEVCPOOL_CHECK(encode_queued(1));
  HEVCPOOL_CHECK(encode(nullptr));
  HEVCPOOL_CHECK(target_->finish());
  return EncodedAudio{.codec = avcodec_get_name(encoding_.encoder->id), .extension = encoding_.file.extension,
                      .packets = target_->packets(), .seconds = target_->seconds(), .bytes = target_->bytes()};
}

}  // namespace

Expected<EncodedAudio> encode_audio(InputFile& file, AVStream& stream, const AudioEncodeRequest& request) {
  return AudioEncoder(file, stream, request).run();
}

}  // namespace hevcpool::media

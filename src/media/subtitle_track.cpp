// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frame_reader.h"
#include "media/stream_track.h"

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

constexpr AVRational kMilliseconds{1, 1000};
constexpr std::size_t kMostBytesOfCue = 1 << 20;

struct DecodedSubtitle {
  AVSubtitle value{};
  DecodedSubtitle() = default;
  DecodedSubtitle(const DecodedSubtitle&) = delete;
  DecodedSubtitle& operator=(const DecodedSubtitle&) = delete;
  ~DecodedSubtitle() { avsubtitle_free(&value); }
};

class SubtitleTrack final : public StreamTrack {
 public:
  static Expected<std::unique_ptr<StreamTrack>> create(const AVStream& source, AVCodecID target);
  Expected<void> describe(AVStream& output) const override;
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink&) override { return {}; }
  AVRational time_base() const override { return kMilliseconds; }

 private:
  explicit SubtitleTrack(const AVStream& source) : source_(source), text_(kMostBytesOfCue) {}
  Expected<void> open_encoder(AVCodecID target);

  const AVStream& source_;
  CodecContextPtr decoder_, encoder_;
  PacketPtr packet_;
  std::vector<std::uint8_t> text_;
};

Expected<std::unique_ptr<StreamTrack>> SubtitleTrack::create(const AVStream& source, AVCodecID target) {
  std::unique_ptr<SubtitleTrack> track(new SubtitleTrack(source));
  HEVCPOOL_ASSIGN(track->decoder_, open_stream_decoder(source, 1));
  HEVCPOOL_CHECK(track->open_encoder(target));
  track->packet_.reset(av_packet_alloc());
  if (!track->packet_) return fail_av("subtitle", "packet", AVERROR(ENOMEM));
  return track;
}

Expected<void> SubtitleTrack::open_encoder(AVCodecID target) {
  const AVCodec* codec = avcodec_find_encoder(target);
  if (!codec) return fail("subtitle", "no_encoder", fmt::format("there is no encoder for {}", avcodec_get_name(target)));
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) return fail_av("subtitle", "encoder", AVERROR(ENOMEM));
  encoder_->time_base = kMilliseconds;
  if (decoder_->subtitle_header_size > 0) {  // the styles that the cues refer to
    const auto size = static_cast<std::size_t>(decoder_->subtitle_header_size);
    encoder_->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(size + 1));
    if (!encoder_->subtitle_header) return fail_av("subtitle", "styles", AVERROR(ENOMEM));
    std::copy_n(decoder_->subtitle_header, size, encoder_->subtitle_header);
    encoder_->subtitle_header_size = decoder_->subtitle_header_size;
  }
  if (const int result = avcodec_open2(encoder_.get(), codec, nullptr); result < 0)
    return fail_av("subtitle", fmt::format("opening the encoder {}", codec->name), result);
  return {};
}

Expected<void> SubtitleTrack::describe(AVStream& output) const {
  output.time_base = kMilliseconds;
  const int result = avcodec_parameters_from_context(output.codecpar, encoder_.get());
  return result < 0 ? Expected<void>(fail_av("mux", "codec parameters", result)) : Expected<void>{};
}

Expected<void> SubtitleTrack::send(AVPacket& packet, const PacketSink& sink) {
  DecodedSubtitle decoded;
  int got = 0;
  AVSubtitle& cue = decoded.value;
  // A cue that cannot be read is passed over, like an empty one.
  if (avcodec_decode_subtitle2(decoder_.get(), &cue, &got, &packet) < 0 || !got || cue.num_rects == 0) return {};
  const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (pts == AV_NOPTS_VALUE) return {};
  const std::int64_t begin = av_rescale_q(pts, source_.time_base, kMilliseconds) + cue.start_display_time;
  const bool timed = cue.end_display_time > cue.start_display_time && cue.end_display_time != UINT32_MAX;
  const std::int64_t length = timed ? cue.end_display_time - cue.start_display_time
                                    : av_rescale_q(packet.duration, source_.time_base, kMilliseconds);
  cue.pts = av_rescale_q(begin, kMilliseconds, {1, AV_TIME_BASE});
  cue.end_display_time = static_cast<std::uint32_t>(std::clamp<std::int64_t>(length, 0, UINT32_MAX - 1));
  cue.start_display_time = 0;
  const int size = avcodec_encode_subtitle(encoder_.get(), text_.data(), static_cast<int>(text_.size()), &cue);
  if (size <= 0) return {};
  if (av_new_packet(packet_.get(), size) < 0) return fail_av("subtitle", "packet", AVERROR(ENOMEM));
  std::copy_n(text_.data(), size, packet_->data);
  packet_->pts = packet_->dts = begin;
  packet_->duration = length;
  packet_->flags |= AV_PKT_FLAG_KEY;
  auto sent = sink(*packet_);
  av_packet_unref(packet_.get());
  return sent;
}

}  // namespace

Expected<std::unique_ptr<StreamTrack>> make_subtitle_track(const AVStream& source, AVCodecID target) {
  return SubtitleTrack::create(source, target);
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/decoder.h"

#include "base/crash_context.h"
#include "media/libav/encryption.h"
#include "media/input/stream_rate.h"
#include "profile/recorder.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <iterator>
#include <utility>

namespace hevcpool::media {

Decoder::Decoder(const AVStream& stream)
    : stream_(stream), frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
  const AVRational average = plausible_rate(stream.avg_frame_rate, stream.time_base);
  const AVRational rate = average.num > 0 ? average : plausible_rate(stream.r_frame_rate, stream.time_base);
  if (rate.num > 0) tick_ = av_inv_q(av_mul_q(rate, stream.time_base));
}

Expected<std::unique_ptr<Decoder>> Decoder::open(const AVStream& stream, unsigned threads) {
  std::unique_ptr<Decoder> decoder(new Decoder(stream));
  if (!decoder->frame_ || !decoder->packet_) return fail_av("decode", "no memory", AVERROR(ENOMEM));
  HEVCPOOL_CHECK(decoder->open_codec(threads));
  return decoder;
}

Expected<void> Decoder::open_codec(unsigned threads) {
  const profile::Scope timed(profile::Stage::open);
  HEVCPOOL_CHECK(require_clear(stream_));
  const AVCodec* codec = avcodec_find_decoder(stream_.codecpar->codec_id);
  if (codec == nullptr)
    return fail("decode", "no_decoder",
                fmt::format("there is no decoder for {}", avcodec_get_name(stream_.codecpar->codec_id)));
  context_.reset(avcodec_alloc_context3(codec));
  if (!context_) return fail_av("decode", "no memory", AVERROR(ENOMEM));
  if (int result = avcodec_parameters_to_context(context_.get(), stream_.codecpar); result < 0)
    return fail_av("decode", "codec parameters", result);
  context_->pkt_timebase = stream_.time_base;
  context_->framerate = stream_.avg_frame_rate;
  context_->thread_count = static_cast<int>(threads == 0 ? 1 : threads);
  context_->flags |= AV_CODEC_FLAG_UNALIGNED;  // a crop at the left is exact, wherever the first pixel then lies
  if (int result = avcodec_open2(context_.get(), codec, nullptr); result < 0)
    return fail_av("decode", fmt::format("the {} decoder does not open", codec->name), result);
  return {};
}

// Raw streams and some AVI files have packets without times; the decoder then orders frames by made-up
// decoding times at the frame rate.
void Decoder::give_time(const AVPacket& packet) {
  if (next_dts_ == AV_NOPTS_VALUE) {
    next_dts_ = 0;
    if (tick_.num > 0) next_dts_ = -av_rescale(context_->has_b_frames, tick_.num, tick_.den);
    anchor_ = next_dts_;
  }
  if (packet.dts != AV_NOPTS_VALUE) {
    anchor_ = packet.dts;
    since_anchor_ = 0;
  } else if (packet.pts == AV_NOPTS_VALUE || since_anchor_ > 0 || counts_.packets > 0) {
    packet_->dts = next_dts_;
  }
  ++since_anchor_;
  next_dts_ = tick_.num > 0 ? anchor_ + av_rescale(since_anchor_, tick_.num, tick_.den)
                            : anchor_ + packet.duration * since_anchor_;
}

// Only what the decoding time of a later packet says counts: presentation times are out of order.
bool Decoder::awaits_time(const AVPacket& packet) const {
  constexpr std::size_t kMostPackets = 1024, kMostBytes = 64 << 20;
  if (counts_.packets > 0 || packet.dts != AV_NOPTS_VALUE || stream_.start_time == AV_NOPTS_VALUE) return false;
  if (untimed_.empty() && packet.pts != AV_NOPTS_VALUE) return false;
  return untimed_.size() < kMostPackets && untimed_bytes_ < kMostBytes;
}

Expected<void> Decoder::release_untimed(std::int64_t next_dts, const FrameSink& sink) {
  if (untimed_.empty()) return {};
  const AVRational tick = tick_.num > 0 ? tick_ : AVRational{static_cast<int>(untimed_.front()->duration), 1};
  if (next_dts != AV_NOPTS_VALUE && tick.num > 0)
    anchor_ = next_dts_ = next_dts - av_rescale(std::ssize(untimed_), tick.num, tick.den);
  const auto packets = std::exchange(untimed_, {});
  for (const PacketPtr& packet : packets) HEVCPOOL_CHECK(take_in(*packet, sink));
  return {};
}

Expected<void> Decoder::send(const AVPacket& packet, const FrameSink& sink) {
  if (!awaits_time(packet)) {
    HEVCPOOL_CHECK(release_untimed(packet.dts, sink));
    return take_in(packet, sink);
  }
  PacketPtr copy(av_packet_clone(&packet));
  if (!copy) return fail_av("decode", "no memory for a packet", AVERROR(ENOMEM));
  untimed_bytes_ += static_cast<std::size_t>(packet.size);
  untimed_.push_back(std::move(copy));
  return {};
}

Expected<void> Decoder::take_in(const AVPacket& packet, const FrameSink& sink) {
  av_packet_unref(packet_.get());
  if (int result = av_packet_ref(packet_.get(), &packet); result < 0)
    return fail_av("decode", "no memory for a packet", result);
  give_time(packet);
  ++counts_.packets;
  if (packet.size == 0 && packet.side_data_elems == 0) return {};  // would mean the end of the stream
  return feed(packet_.get(), sink);
}

Expected<void> Decoder::finish(const FrameSink& sink) {
  HEVCPOOL_CHECK(release_untimed(AV_NOPTS_VALUE, sink));
  return feed(nullptr, sink);
}

void Decoder::count_error() {
  ++counts_.errors;
  if (!clean_seen_) ++counts_.before_clean;
}

// One packet, or null for the end: everything the decoder then has is received.
Expected<void> Decoder::feed(const AVPacket* packet, const FrameSink& sink) {
  const CrashContext doing(Stage::decode);
  int result = 0;
  {
    const profile::Scope timed(profile::Stage::decode);
    result = avcodec_send_packet(context_.get(), packet);
  }
  if (result == AVERROR(EAGAIN)) result = 0;  // cannot happen: everything was received before
  if (result == AVERROR(ENOMEM)) return fail_av("decode", "no memory", result);
  if (result < 0 && result != AVERROR_EOF) count_error();
  for (;;) {
    HEVCPOOL_ASSIGN(const bool more, receive(sink));
    if (!more) return {};
  }
}

Expected<bool> Decoder::receive(const FrameSink& sink) {
  int result = 0;
  {
    const profile::Scope timed(profile::Stage::decode);
    result = avcodec_receive_frame(context_.get(), frame_.get());
  }
  if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return false;
  if (result == AVERROR(ENOMEM)) return fail_av("decode", "no memory", result);
  if (result < 0) {
    count_error();
    return true;
  }
  CrashContext::frame(static_cast<std::uint64_t>(++counts_.frames));
  if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0)
    count_error();
  else
    clean_seen_ = true;
  frame_->pts = frame_->best_effort_timestamp;
  auto taken = sink(*frame_);
  av_frame_unref(frame_.get());
  if (!taken) return Unexpected(std::move(taken.error()));
  return true;
}

}  // namespace hevcpool::media

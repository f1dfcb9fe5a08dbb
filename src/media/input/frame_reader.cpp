// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/frame_reader.h"

#include "base/crash_context.h"
#include "media/libav/encryption.h"

#include <limits>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr int kLongestWaitForKey = 1000;  // packets

}  // namespace

Expected<CodecContextPtr> open_stream_decoder(const AVStream& stream, int threads) {
  HEVCPOOL_CHECK(require_clear(stream));
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (!codec)
    return fail("decode", "no_decoder",
                fmt::format("there is no decoder for {}", avcodec_get_name(stream.codecpar->codec_id)));
  CodecContextPtr decoder(avcodec_alloc_context3(codec));
  if (!decoder) return fail_av("decode", "allocate decoder", AVERROR(ENOMEM));
  if (const int rc = avcodec_parameters_to_context(decoder.get(), stream.codecpar); rc < 0)
    return fail_av("decode", "take over parameters", rc);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = threads;
  decoder->flags |= AV_CODEC_FLAG_UNALIGNED;  // a crop at the left is exact, wherever the first pixel then lies
  if (const int rc = avcodec_open2(decoder.get(), codec, nullptr); rc < 0)
    return fail_av("decode", fmt::format("open decoder {}", codec->name), rc);
  return decoder;
}

Expected<FrameReader> FrameReader::create(AVFormatContext& format, AVStream& stream, int threads) {
  FrameReader reader(format, stream);
  HEVCPOOL_ASSIGN(reader.decoder_, open_stream_decoder(stream, threads));
  reader.packet_.reset(av_packet_alloc());
  reader.frame_.reset(av_frame_alloc());
  if (!reader.packet_ || !reader.frame_) return fail_av("decode", "allocate frame", AVERROR(ENOMEM));
  for (unsigned i = 0; i < format.nb_streams; ++i)
    format.streams[i]->discard = format.streams[i] == &stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  return reader;
}

Expected<AVFrame*> FrameReader::next() {
  const CrashContext doing(Stage::decode);
  while (true) {
    const int rc = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (rc == 0) {
      give_time(*frame_);
      effective_.complete(*frame_);
      return frame_.get();
    }
    if (rc == AVERROR_EOF) return nullptr;
    if (rc == AVERROR(ENOMEM)) return fail_av("decode", "decode frame", rc);
    if (rc == AVERROR(EAGAIN)) {
      HEVCPOOL_CHECK(feed());
    } else {
      ++damaged_;
    }
  }
}

void FrameReader::give_time(AVFrame& frame) {
  frame.pts = frame.best_effort_timestamp;
  if (!is_raw()) return;
  const std::int64_t number = number_++;
  frame.pts = key_frames_only_ ? AV_NOPTS_VALUE
                               : av_rescale_q(number, av_inv_q(stream_->avg_frame_rate), stream_->time_base);
}

Expected<AVPacket*> FrameReader::next_packet() {
  while (true) {
    av_packet_unref(packet_.get());
    const int rc = av_read_frame(format_, packet_.get());
    if (rc == AVERROR(EAGAIN)) continue;
    if (rc == AVERROR(ENOMEM)) return fail_av("demux", "read packet", rc);
    if (rc < 0) {  // the end, or unreadable from here on
      if (rc != AVERROR_EOF) ++damaged_;
      return nullptr;
    }
    if (packet_->stream_index == stream_->index) continuity_.apply(*packet_);
    const bool passed_over = key_frames_only_ && !(packet_->flags & AV_PKT_FLAG_KEY);
    if (packet_->stream_index != stream_->index || passed_over || before_key_frame(*packet_)) continue;
    if (std::exchange(begins_, false) && (packet_->flags & AV_PKT_FLAG_KEY) != 0) begun_with_ = packet_->pts;
    return packet_.get();
  }
}

Expected<void> FrameReader::feed() {
  while (!draining_) {
    HEVCPOOL_ASSIGN(const AVPacket* packet, next_packet());
    if (!packet) break;
    choose_what_to_decode(*packet);
    const int sent = avcodec_send_packet(decoder_.get(), packet);
    if (sent == AVERROR(ENOMEM)) return fail_av("decode", "decode packet", sent);
    if (sent < 0) {
      ++damaged_;
      continue;
    }
    return {};
  }
  if (!draining_) avcodec_send_packet(decoder_.get(), nullptr);
  draining_ = true;
  return {};
}

Expected<FramePtr> FrameReader::decode_alone(std::span<const PacketPtr> packets) {
  const CrashContext doing(Stage::decode);
  const std::int64_t wanted = packets.back()->pts;
  for (const PacketPtr& packet : packets) {
    decoder_->skip_frame = packet == packets.back() ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
    const int sent = avcodec_send_packet(decoder_.get(), packet.get());
    if (sent == AVERROR(ENOMEM)) return fail_av("decode", "decode packet", sent);
    if (sent < 0) ++damaged_;
    HEVCPOOL_ASSIGN(FramePtr frame, frame_of(wanted));
    if (frame) return frame;
  }
  avcodec_send_packet(decoder_.get(), nullptr);  // rather than more packets, which would be decoded
  draining_ = true;
  return frame_of(wanted);
}

// The frame of that time among those that the decoder has ready; of an unknown time, the first one.
Expected<FramePtr> FrameReader::frame_of(std::int64_t pts) {
  while (true) {
    const int rc = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (rc == AVERROR(ENOMEM)) return fail_av("decode", "decode frame", rc);
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) return FramePtr();
    if (rc < 0) continue;
    effective_.complete(*frame_);
    if (pts != AV_NOPTS_VALUE && frame_->best_effort_timestamp != pts) continue;
    FramePtr found(av_frame_alloc());
    if (!found) return fail_av("decode", "keep frame", AVERROR(ENOMEM));
    av_frame_move_ref(found.get(), frame_.get());
    found->pts = found->best_effort_timestamp;
    return found;
  }
}

// A seek in a stream without index lands anywhere; some decoders would give pictures made of missing references.
// A stream that marks no key frames at all is decoded from where the seek landed, after a while.
bool FrameReader::before_key_frame(const AVPacket& packet) {
  if (wait_for_key_ > 0 && !(packet.flags & AV_PKT_FLAG_KEY)) {
    --wait_for_key_;
    return true;
  }
  wait_for_key_ = 0;
  return false;
}

void FrameReader::choose_what_to_decode(const AVPacket& packet) {
  // AVI has no presentation times; what libav fills in here and there then belongs to other frames
  if (packet.pts == AV_NOPTS_VALUE) times_known_ = false;
  const bool early = times_known_ && needed_from_ != AV_NOPTS_VALUE && is_early(packet.pts);
  decoder_->skip_frame = key_frames_only_ ? AVDISCARD_NONKEY : early ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
}

// The second field of a frame, in a packet of its own, goes with the first one: alone it would pair with another frame's.
bool FrameReader::is_early(std::int64_t pts) {
  constexpr AVRational kMostOfAnInterlacedFrame{1, 40};  // seconds; fields follow each other after 1/60 or 1/50
  const bool second_field = early_pts_ != AV_NOPTS_VALUE && pts > early_pts_ &&
                            av_compare_ts(pts - early_pts_, stream_->time_base, 1, kMostOfAnInterlacedFrame) < 0 &&
                            stream_->codecpar->field_order > AV_FIELD_PROGRESSIVE;
  const bool early = pts < needed_from_;
  early_pts_ = early ? pts : AV_NOPTS_VALUE;
  return early || second_field;
}

Expected<void> FrameReader::seek(std::int64_t timestamp) {
  if (is_raw() || beginning_only_) return to_first_byte();
  const int rc = avformat_seek_file(format_, stream_->index, std::numeric_limits<std::int64_t>::min(), timestamp,
                                    timestamp, 0);
  if (rc < 0) return fail_av("demux", "seek", rc);
  continuity_.reset();
  begun_with_ = AV_NOPTS_VALUE;
  begins_ = true;
  avcodec_flush_buffers(decoder_.get());
  draining_ = false;
  wait_for_key_ = kLongestWaitForKey;
  return {};
}

Expected<void> FrameReader::rewind() {
  // well before the first time: formats without an index look for a packet's decoding time, which is the lower one
  const std::int64_t margin = av_rescale_q(10, {1, 1}, stream_->time_base);
  const std::int64_t start = stream_->start_time == AV_NOPTS_VALUE ? 0 : stream_->start_time;
  if (seek(start - margin)) {
    wait_for_key_ = 0;
    return {};
  }
  return to_first_byte();
}

Expected<void> FrameReader::to_first_byte() {
  const int rc = av_seek_frame(format_, -1, 0, AVSEEK_FLAG_BYTE);
  if (rc < 0) return fail_av("demux", "rewind", rc);
  continuity_.reset();
  begun_with_ = AV_NOPTS_VALUE;
  begins_ = true;
  avcodec_flush_buffers(decoder_.get());
  draining_ = false;
  number_ = 0;
  return {};
}

void FrameReader::key_frames_only(bool on) {
  key_frames_only_ = on;
  stream_->discard = on ? AVDISCARD_NONKEY : AVDISCARD_DEFAULT;
}

}  // namespace hevcpool::media

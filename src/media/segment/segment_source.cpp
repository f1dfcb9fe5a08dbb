// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segment_source.h"

#include "media/libav/stream_kind.h"
#include "media/plan/streams.h"

namespace hevcpool::media {

Expected<SegmentSource> SegmentSource::open(int fd, const std::string& name, const SegmentRange& range) {
  SegmentSource source;
  if (range.begin == SegmentRange::kFileBegin) {
    HEVCPOOL_CHECK(source.reopen(fd, name));
    return source;
  }
  for (const Way way : {Way::time, Way::bytes, Way::beginning}) {
    HEVCPOOL_ASSIGN(const bool found, source.reach(way, fd, name, range));
    if (found) return source;
  }
  return fail("demux", "no_key_frame", "the key frame that a segment begins with is not found again");
}

Expected<bool> SegmentSource::reach(Way way, int fd, const std::string& name, const SegmentRange& range) {
  HEVCPOOL_CHECK(reopen(fd, name));
  if (way != Way::beginning && !jump(way, range)) return false;
  return find_start(range, way);
}

Expected<void> SegmentSource::reopen(int fd, const std::string& name) {
  HEVCPOOL_ASSIGN(source_, Source::open(fd, name));
  video_ = nullptr;
  for (int n = 0; n < source_->streams(); ++n) {
    AVStream& stream = source_->stream(n);
    const bool wanted =
        video_ == nullptr && stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_attached_picture(stream);
    if (wanted) video_ = &stream;
    else stream.discard = AVDISCARD_ALL;
  }
  if (video_ == nullptr) return fail("demux", "no_video", "there is no video stream");
  return {};
}

bool SegmentSource::jump(Way way, const SegmentRange& range) {
  if (way == Way::time) {
    const std::int64_t time = range.dts != AV_NOPTS_VALUE ? std::min(range.dts, range.start) : range.start;
    return avformat_seek_file(&format(), video_->index, INT64_MIN, time, time, 0) >= 0;
  }
  if (range.position < 0 || (format().iformat->flags & AVFMT_NO_BYTE_SEEK) != 0) return false;
  return av_seek_frame(&format(), -1, range.position, AVSEEK_FLAG_BYTE) >= 0;
}

// Reads on to the key frame. False when the jump went past it, or led nowhere.
Expected<bool> SegmentSource::find_start(const SegmentRange& range, Way way) {
  PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "no memory for a packet", AVERROR(ENOMEM));
  for (;;) {
    HEVCPOOL_ASSIGN(const bool more, source_->read(*packet));
    if (!more) return false;
    if (packet->stream_index != video_->index) continue;
    if (packet->pts == range.start && (packet->flags & AV_PKT_FLAG_KEY) != 0) break;
    const bool past = packet->dts != AV_NOPTS_VALUE && range.dts != AV_NOPTS_VALUE && packet->dts > range.dts;
    if (past && way != Way::beginning) return false;
  }
  first_ = std::move(packet);
  return true;
}

Expected<bool> SegmentSource::read(AVPacket& packet) {
  if (first_) {
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, first_.get());
    first_.reset();
    return true;
  }
  for (;;) {
    HEVCPOOL_ASSIGN(const bool more, source_->read(packet));
    if (!more) return false;
    if (packet.stream_index == video_->index) return true;
  }
}

}  // namespace hevcpool::media

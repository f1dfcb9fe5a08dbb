// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/frame_finder.h"

#include "media/input/completeness.h"
#include "media/input/packet_run.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace hevcpool::media {
namespace {

// Index times are decoding times: a key frame's may lie before the moment while the frame itself is shown after.
constexpr std::int64_t kReorderMargin = 3 * AV_TIME_BASE / 23;

// How far to go back when a seek landed behind the moment, doubled each time.
constexpr std::int64_t kFirstStepBack = AV_TIME_BASE;
constexpr std::int64_t kLargestStepBack = 64 * kFirstStepBack;

std::int64_t further(std::int64_t margin) { return margin < kFirstStepBack ? kFirstStepBack : margin * 2; }

Expected<FramePtr> copy_of(const AVFrame& frame) {
  FramePtr out(av_frame_clone(&frame));
  if (!out) return fail_av("decode", "keep frame", AVERROR(ENOMEM));
  return out;
}

Expected<PacketPtr> copy_of(const AVPacket& packet) {
  PacketPtr out(av_packet_clone(&packet));
  if (!out) return fail_av("demux", "keep packet", AVERROR(ENOMEM));
  return out;
}

const AVIndexEntry* key_entry(AVStream& stream, std::int64_t timestamp, bool backward) {
  const int index = av_index_search_timestamp(&stream, timestamp, backward ? AVSEEK_FLAG_BACKWARD : 0);
  return index < 0 ? nullptr : avformat_index_get_entry(&stream, index);
}

}  // namespace

std::int64_t FrameFinder::timestamp_of(double seconds) const {
  const auto microseconds = static_cast<std::int64_t>(std::llround(seconds * AV_TIME_BASE)) + start_time_;
  return av_rescale_q_rnd(microseconds + kTimeRounding, kMicroseconds, reader_->stream().time_base, AV_ROUND_DOWN);
}

void FrameFinder::forget_position() {
  position_ = AV_NOPTS_VALUE;
  latest_.reset();
  ahead_.reset();
}

// Frames before that which no other frame needs cannot be the one on screen. Only a broadcast has its pictures at
// regular times, whatever a header says.
std::int64_t FrameFinder::needed_from(std::int64_t timestamp) const {
  constexpr std::int64_t kFrames = 4;
  const AVRational rate = reader_->stream().avg_frame_rate;
  if (!is_recording(reader_->format()) || rate.num <= 0 || rate.den <= 0) return AV_NOPTS_VALUE;
  return timestamp - av_rescale_q(kFrames, av_inv_q(rate), reader_->stream().time_base);
}

double FrameFinder::seconds_of(const AVFrame& frame) const {
  if (frame.pts == AV_NOPTS_VALUE) return -1;
  return static_cast<double>(frame.pts) * av_q2d(reader_->stream().time_base) -
         static_cast<double>(start_time_) / AV_TIME_BASE;
}

Expected<FramePtr> FrameFinder::exact(double seconds, More more) {
  return exact_timestamp(timestamp_of(seconds), more);
}

Expected<FramePtr> FrameFinder::exact_timestamp(std::int64_t timestamp, More more) {
  if (can_go_on_to(timestamp)) return scan(timestamp);
  if (more == More::none) {
    HEVCPOOL_ASSIGN(FramePtr frame, alone(timestamp));
    if (frame) return frame;
  }
  HEVCPOOL_CHECK(decode_from_before(timestamp));
  return scan(timestamp);
}

std::int64_t FrameFinder::first_margin() const {
  return reader_->stream().codecpar->video_delay > 0 ? kReorderMargin : 0;
}

// The frame with nothing decoded that it does not need; null where that cannot be told from the packets.
Expected<FramePtr> FrameFinder::alone(std::int64_t timestamp) {
  if (may_split_frames(reader_->format(), reader_->stream())) return FramePtr();
  for (std::int64_t margin = first_margin();; margin = further(margin)) {
    HEVCPOOL_ASSIGN(const bool at_start, go_before(timestamp, margin));
    HEVCPOOL_ASSIGN(const PacketRun run, PacketRun::read(*reader_, timestamp, at_start));
    if (run.found() == PacketRun::Found::unknown) return FramePtr();
    if (run.found() == PacketRun::Found::yes) return reader_->decode_alone(run.packets());
  }
}

// Decodes the first frame, of those before `timestamp` if there are any.
Expected<void> FrameFinder::decode_from_before(std::int64_t timestamp) {
  for (std::int64_t margin = first_margin();; margin = further(margin)) {
    HEVCPOOL_ASSIGN(const bool at_start, go_before(timestamp, margin));
    HEVCPOOL_ASSIGN(AVFrame* first, reader_->next());
    if (first) {
      position_ = first->pts;
      HEVCPOOL_ASSIGN(ahead_, copy_of(*first));
    }
    const std::int64_t key = reader_->begun_with();
    const bool late = !first || (first->pts != AV_NOPTS_VALUE && std::max(first->pts, key) > timestamp);
    if (!late || at_start) return {};
  }
}

FrameFinder::More FrameFinder::after(double seconds, double next) const {
  constexpr double kSoon = 2;  // seconds; where no index says more
  if (next <= seconds) return More::none;
  if (reader_->begins_anew()) return More::soon;
  const AVIndexEntry* key = key_entry(reader_->stream(), timestamp_of(next), true);
  const bool same_group = key ? key->timestamp <= timestamp_of(seconds) : next - seconds < kSoon;
  return same_group ? More::soon : More::none;
}

// Whether reading on gets there as soon as a seek would.
bool FrameFinder::can_go_on_to(std::int64_t timestamp) const {
  if (position_ == AV_NOPTS_VALUE || timestamp < (latest_ ? latest_->pts : position_)) return false;
  if (reader_->begins_anew()) return true;
  const AVIndexEntry* key = key_entry(reader_->stream(), timestamp, true);
  return key && key->timestamp <= position_;
}

// True: there is nothing before the place that was reached.
Expected<bool> FrameFinder::go_before(std::int64_t timestamp, std::int64_t margin) {
  reader_->skip_unneeded_before(needed_from(timestamp));
  forget_position();
  const AVStream& stream = reader_->stream();
  const std::int64_t place = timestamp - av_rescale_q(margin, kMicroseconds, stream.time_base);
  const bool before_all = stream.start_time != AV_NOPTS_VALUE && place <= stream.start_time;
  if (margin <= kLargestStepBack && !before_all && !reader_->begins_anew() && reader_->seek(place)) return false;
  HEVCPOOL_CHECK(reader_->rewind());
  return true;
}

// Reads to the first frame after `timestamp`, beginning with the one read last: the one before it is on then.
Expected<FramePtr> FrameFinder::scan(std::int64_t timestamp) {
  reader_->skip_unneeded_before(needed_from(timestamp));
  while (ahead_ && ahead_->pts != AV_NOPTS_VALUE && ahead_->pts <= timestamp) {
    latest_ = std::move(ahead_);
    HEVCPOOL_ASSIGN(AVFrame* frame, reader_->next());
    if (!frame) return last_frame();
    position_ = frame->pts;
    HEVCPOOL_ASSIGN(ahead_, copy_of(*frame));
  }
  if (!latest_ && !ahead_) return fail("decode", "no_frame", "no frame could be decoded");
  return copy_of(latest_ ? *latest_ : *ahead_);
}

// Past the end: the last frame, which the way there may have left out.
Expected<FramePtr> FrameFinder::last_frame() {
  const std::int64_t timestamp = latest_->pts;
  HEVCPOOL_CHECK(go_before(timestamp, kReorderMargin));
  reader_->skip_unneeded_before(AV_NOPTS_VALUE);
  FramePtr last;
  while (true) {
    HEVCPOOL_ASSIGN(AVFrame* frame, reader_->next());
    if (!frame) break;
    HEVCPOOL_ASSIGN(last, copy_of(*frame));
  }
  position_ = AV_NOPTS_VALUE;
  if (!last) return fail("decode", "no_frame", "no frame could be decoded");
  return last;
}

Expected<FramePtr> FrameFinder::nearest_key_frame(double seconds) {
  const std::int64_t timestamp = timestamp_of(seconds);
  AVStream& stream = reader_->stream();
  const AVIndexEntry* after = key_entry(stream, timestamp, false);
  const AVIndexEntry* before = reader_->begins_anew() ? nullptr : key_entry(stream, timestamp, true);
  const bool later = before && after && after->timestamp - timestamp < timestamp - before->timestamp;
  PacketPtr packet;
  if (before) {
    HEVCPOOL_ASSIGN(packet, key_packet_at(later ? after->timestamp : timestamp));
  }
  const std::int64_t near = timestamp + av_rescale_q(kReorderMargin, kMicroseconds, stream.time_base);
  const bool beyond = !packet || (packet->pts != AV_NOPTS_VALUE && packet->pts > near);
  if (!later && beyond) {  // no index, or one that does not reach so far
    HEVCPOOL_ASSIGN(packet, key_packet_before(timestamp));
  }
  if (!packet) return exact(seconds);
  if (packet->pts != AV_NOPTS_VALUE && may_split_frames(reader_->format(), stream)) return exact_timestamp(packet->pts);
  HEVCPOOL_ASSIGN(FramePtr frame, reader_->decode_alone({&packet, 1}));
  if (frame) return frame;
  return exact(seconds);
}

// The one that a seek finds; null where there is none.
Expected<PacketPtr> FrameFinder::key_packet_at(std::int64_t timestamp) {
  reader_->key_frames_only(true);
  HEVCPOOL_CHECK(go_before(timestamp, 0));
  HEVCPOOL_ASSIGN(const AVPacket* packet, reader_->next_packet());
  if (!packet) {  // no key frame from here on
    HEVCPOOL_CHECK(reader_->rewind());
    HEVCPOOL_ASSIGN(packet, reader_->next_packet());
  }
  reader_->key_frames_only(false);
  return packet ? copy_of(*packet) : PacketPtr();
}

// The last one that is shown at or before `timestamp`, or else the file's first: without an index a seek may land
// anywhere. Null where there is none.
Expected<PacketPtr> FrameFinder::key_packet_before(std::int64_t timestamp) {
  for (std::int64_t margin = kReorderMargin;; margin = further(margin)) {
    HEVCPOOL_ASSIGN(const bool at_start, go_before(timestamp, margin));
    HEVCPOOL_ASSIGN(PacketPtr found, last_key_packet(timestamp, at_start));
    if (found || at_start) return found;
  }
}

// Of those from here on; with `even_later` the first one, when all are shown later.
Expected<PacketPtr> FrameFinder::last_key_packet(std::int64_t timestamp, bool even_later) {
  PacketPtr found;
  while (true) {
    HEVCPOOL_ASSIGN(const AVPacket* packet, reader_->next_packet());
    const bool beyond = packet && packet->dts != AV_NOPTS_VALUE && packet->dts > timestamp;
    if (!packet || (beyond && (found || !even_later))) return found;
    const bool later = packet->pts == AV_NOPTS_VALUE || packet->pts > timestamp;
    if (!(packet->flags & AV_PKT_FLAG_KEY) || (later && !even_later)) continue;
    if (later && found) return found;
    HEVCPOOL_ASSIGN(found, copy_of(*packet));
    if (later) return found;
  }
}

}  // namespace hevcpool::media

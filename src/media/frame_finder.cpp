// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frame_finder.h"

#include <cmath>
#include <cstdlib>

namespace hevcpool::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
// Index times are decoding times: a key frame's may lie before the moment while the frame itself is shown after.
constexpr std::int64_t kReorderMargin = 3 * AV_TIME_BASE / 23;
// How far to go back when a seek landed behind the moment, doubled each time.
constexpr std::int64_t kFirstStepBack = AV_TIME_BASE;
constexpr std::int64_t kLargestStepBack = 64 * kFirstStepBack;

Expected<FramePtr> copy_of(const AVFrame& frame) {
  FramePtr out(av_frame_clone(&frame));
  if (!out) return fail_av("decode", "keep frame", AVERROR(ENOMEM));
  return out;
}

const AVIndexEntry* key_entry(AVStream& stream, std::int64_t timestamp, bool backward) {
  const int index = av_index_search_timestamp(&stream, timestamp, backward ? AVSEEK_FLAG_BACKWARD : 0);
  return index < 0 ? nullptr : avformat_index_get_entry(&stream, index);
}

}  // namespace

std::int64_t FrameFinder::timestamp_of(double seconds) const {
  const auto microseconds = static_cast<std::int64_t>(std::llround(seconds * AV_TIME_BASE)) + start_time_;
  return av_rescale_q(microseconds, kMicroseconds, reader_->stream().time_base);
}

double FrameFinder::seconds_of(const AVFrame& frame) const {
  if (frame.pts == AV_NOPTS_VALUE) return -1;
  return static_cast<double>(frame.pts) * av_q2d(reader_->stream().time_base) -
         static_cast<double>(start_time_) / AV_TIME_BASE;
}

Expected<FramePtr> FrameFinder::exact(double seconds) { return exact_timestamp(timestamp_of(seconds)); }

Expected<FramePtr> FrameFinder::exact_timestamp(std::int64_t timestamp) {
  if (can_go_on_to(timestamp)) return scan(timestamp);
  const AVStream& stream = reader_->stream();
  std::int64_t margin = stream.codecpar->video_delay > 0 ? kReorderMargin : 0;
  while (true) {
    HEVCPOOL_CHECK(go_before(timestamp, margin));
    HEVCPOOL_ASSIGN(AVFrame* first, reader_->next());
    if (first) {
      position_ = first->pts;
      HEVCPOOL_ASSIGN(latest_, copy_of(*first));
    }
    const bool late = !first || (first->pts != AV_NOPTS_VALUE && first->pts > timestamp);
    const bool at_start = margin > kLargestStepBack || (first && first->pts <= stream.start_time);
    if (!late || at_start) break;
    margin = margin < kFirstStepBack ? kFirstStepBack : margin * 2;
  }
  return scan(timestamp);
}

// Whether reading on gets there as soon as a seek would.
bool FrameFinder::can_go_on_to(std::int64_t timestamp) const {
  if (position_ == AV_NOPTS_VALUE || timestamp <= position_) return false;
  const AVIndexEntry* key = key_entry(reader_->stream(), timestamp, true);
  return key && key->timestamp <= position_;
}

Expected<void> FrameFinder::go_before(std::int64_t timestamp, std::int64_t margin) {
  reader_->skip_unneeded_before(timestamp);
  position_ = AV_NOPTS_VALUE;
  latest_.reset();
  const AVRational time_base = reader_->stream().time_base;
  const std::int64_t place = timestamp - av_rescale_q(margin, kMicroseconds, time_base);
  if (margin <= kLargestStepBack && reader_->seek(place)) return {};
  return reader_->rewind();
}

// Reads to the first frame at or after `timestamp`, beginning with the one read last.
Expected<FramePtr> FrameFinder::scan(std::int64_t timestamp) {
  reader_->skip_unneeded_before(timestamp);
  while (latest_ && latest_->pts != AV_NOPTS_VALUE && latest_->pts < timestamp) {
    HEVCPOOL_ASSIGN(AVFrame* frame, reader_->next());
    if (!frame) return last_frame();
    position_ = frame->pts;
    HEVCPOOL_ASSIGN(latest_, copy_of(*frame));
  }
  if (!latest_) return fail("decode", "no_frame", "no frame could be decoded");
  return copy_of(*latest_);
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
  std::int64_t timestamp = timestamp_of(seconds);
  AVStream& stream = reader_->stream();
  const AVIndexEntry* after = key_entry(stream, timestamp, false);
  const AVIndexEntry* before = key_entry(stream, timestamp, true);
  if (before && after && after->timestamp - timestamp < timestamp - before->timestamp) timestamp = after->timestamp;
  reader_->key_frames_only(true);
  HEVCPOOL_CHECK(go_before(timestamp, 0));
  reader_->skip_unneeded_before(AV_NOPTS_VALUE);
  HEVCPOOL_ASSIGN(AVFrame* frame, reader_->next());
  if (!frame) {  // no key frame from here on
    HEVCPOOL_CHECK(reader_->rewind());
    HEVCPOOL_ASSIGN(frame, reader_->next());
  }
  reader_->key_frames_only(false);
  if (!frame) return exact(seconds);
  return copy_of(*frame);
}

}  // namespace hevcpool::media

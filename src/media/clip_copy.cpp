// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip.h"
#include "media/clip_target.h"
#include "media/clip_video.h"
#include "media/smart_cut.h"
#include "media/source.h"
#include "media/streams.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr double kWorthSaying = 0.001;  // seconds
// Streams that are interleaved badly may still bring packets from before the end.
constexpr std::int64_t kLateness = 2 * AV_TIME_BASE;
// Packets of other streams before the first of the video.
constexpr std::size_t kMostWaiting = 10000;

class ClipCopier {
 public:
  ClipCopier(const ClipRequest& request, Source& source, const SmartCut* smart)
      : request_(request), source_(source), smart_(smart) {}
  Expected<ClipReport> run();

 private:
  Expected<void> prepare();
  AVStream* film();
  Expected<void> seek();
  Expected<void> find_start();
  Expected<bool> next(AVPacket& packet);
  Expected<bool> read(AVPacket& packet);
  Expected<bool> take(AVPacket& packet);
  Expected<void> copy_packets();
  bool outside(const AVPacket& packet) const;
  std::int64_t microseconds(std::int64_t timestamp, const AVStream& stream) const {
    return av_rescale_q(timestamp, stream.time_base, kMicroseconds);
  }

  const ClipRequest& request_;
  Source& source_;
  const SmartCut* smart_;
  AVStream* video_ = nullptr;      // that decides where the clip begins; none: sound only
  std::unique_ptr<ClipTarget> target_;
  std::unique_ptr<ClipVideo> pictures_;
  std::deque<PacketPtr> waiting_;  // read before the start was known
  std::int64_t start_ = 0;         // microseconds on the source's clock
  std::int64_t end_ = std::numeric_limits<std::int64_t>::max();
  ClipReport report_;
};

Expected<void> ClipCopier::prepare() {
  video_ = film();
  HEVCPOOL_ASSIGN(target_, ClipTarget::create(request_, source_.file(), report_.warnings));
  if (video_ && !target_->holds(video_->index)) video_ = nullptr;
  if (!video_) return {};
  if (smart_) {
    HEVCPOOL_ASSIGN(pictures_, ClipVideo::smart(*smart_, *video_, target_->stream(video_->index)));
    target_->carry_parameter_sets(video_->index);
  } else {
    pictures_ = ClipVideo::plain(*video_);
  }
  return {};
}

AVStream* ClipCopier::film() {
  const auto found = source_.file().video();
  return found && !is_attached_picture(**found) ? *found : nullptr;
}

// Before anything holds a stream of the source: it may be opened anew.
Expected<void> ClipCopier::seek() {
  const Clip& clip = request_.options;
  if (const double length = source_.file().duration(); length > 0 && clip.start >= length)
    return fail("request", "bad_argument",
                fmt::format("nothing is left at {:.3f} s: the file ends at {:.3f} s", clip.start, length));
  start_ = source_.start_time() + static_cast<std::int64_t>(clip.start * AV_TIME_BASE);
  if (clip.duration > 0) end_ = start_ + static_cast<std::int64_t>(clip.duration * AV_TIME_BASE);
  if (clip.start <= 0) return {};
  if (const AVStream* video = film())
    return source_.seek(video->index, av_rescale_q(start_, kMicroseconds, video->time_base));
  const int rc = avformat_seek_file(&source_.format(), -1, std::numeric_limits<std::int64_t>::min(), start_, start_, 0);
  if (rc < 0) return fail_av("demux", "seek", rc);
  return {};
}

Expected<bool> ClipCopier::read(AVPacket& packet) {
  if (request_.cancelled && request_.cancelled()) return fail("clip", "cancelled", "cancelled");
  return source_.read(packet);
}

Expected<bool> ClipCopier::next(AVPacket& packet) {
  if (waiting_.empty()) return read(packet);
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, waiting_.front().get());
  waiting_.pop_front();
  return true;
}

// The time of the key frame that the seek led to; of a smart cut it is known.
Expected<void> ClipCopier::find_start() {
  if (!video_) return {};
  if (smart_) {
    start_ = microseconds(smart_->plan.begin, *video_);
    return {};
  }
  while (waiting_.size() < kMostWaiting) {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
    HEVCPOOL_ASSIGN(const bool more, read(*packet));
    if (!more) break;
    const bool key = packet->stream_index == video_->index && packet->flags & AV_PKT_FLAG_KEY;
    if (key) start_ = microseconds(packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts, *video_);
    waiting_.push_back(std::move(packet));
    if (key) return {};
  }
  return fail("demux", "no_frame", "there is no picture in that part of the file");
}

// Of sound and the rest. Sound belongs to where its middle is.
bool ClipCopier::outside(const AVPacket& packet) const {
  const AVStream& stream = *source_.format().streams[packet.stream_index];
  const std::int64_t time = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (time == AV_NOPTS_VALUE) return false;
  return microseconds(time + packet.duration / 2, stream) < start_ || microseconds(time, stream) >= end_;
}

// False once nothing more of the clip can follow.
Expected<bool> ClipCopier::take(AVPacket& packet) {
  const AVStream& stream = *source_.format().streams[packet.stream_index];
  if (!target_->holds(stream.index)) return true;
  const std::int64_t turn = packet.dts == AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (turn != AV_NOPTS_VALUE && end_ < INT64_MAX && microseconds(turn, stream) >= end_ + kLateness) return false;
  if (&stream == video_) HEVCPOOL_CHECK(pictures_->take(packet, start_, end_, *target_));
  else if (!outside(packet)) HEVCPOOL_CHECK(target_->write(packet));
  return true;
}

Expected<void> ClipCopier::copy_packets() {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  if (pictures_) HEVCPOOL_CHECK(pictures_->begin(*target_));
  while (true) {
    HEVCPOOL_ASSIGN(const bool more, next(*packet));
    if (!more) return {};
    HEVCPOOL_ASSIGN(const bool goes_on, take(*packet));
    if (!goes_on) return {};
  }
}

Expected<ClipReport> ClipCopier::run() {
  HEVCPOOL_CHECK(seek());
  HEVCPOOL_CHECK(prepare());
  HEVCPOOL_CHECK(find_start());
  HEVCPOOL_CHECK(target_->begin(start_, end_));
  HEVCPOOL_CHECK(copy_packets());
  if (pictures_) HEVCPOOL_CHECK(pictures_->finish(*target_));
  HEVCPOOL_CHECK(target_->finish());
  if (pictures_) report_.packets = pictures_->packets();
  if (video_ && report_.packets == 0) return fail("demux", "no_frame", "there is no picture in that part of the file");
  report_.start = static_cast<double>(start_ - source_.start_time()) / AV_TIME_BASE;
  if (!smart_ && request_.options.start - report_.start > kWorthSaying)
    report_.warnings.push_back({"early_start", fmt::format("begins at {:.3f} s, with the key frame", report_.start)});
  if (smart_) report_.encoded_frames = static_cast<std::int64_t>(smart_->head.size() + smart_->tail.size());
  report_.duration = target_->duration();
  report_.bytes = target_->bytes();
  return std::move(report_);
}

}  // namespace

Expected<ClipReport> copy_clip(const ClipRequest& request, const SmartCut* smart) {
  HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.name));
  source->complete_times();
  return ClipCopier(request, *source, smart).run();
}

}  // namespace hevcpool::media

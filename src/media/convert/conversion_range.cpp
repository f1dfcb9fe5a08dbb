// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a source that is asked for, --start and --duration.
#include "media/input/completeness.h"
#include "media/convert/conversion.h"
#include "media/convert/stream_cut.h"
#include "media/libav/stream_kind.h"
#include "media/video/timecode.h"

#include <algorithm>
#include <cmath>

namespace hevcpool::media {

namespace {

using Action = StreamPlan::Action;

// Reordered frames are at most so much later in a file than their decoding time says.
constexpr std::int64_t kReorderMargin = 2 * std::int64_t{AV_TIME_BASE};

}  // namespace

// The range counts from the file's start, whichever stream begins it.
Expected<void> Conversion::choose_range() {
  const EncodeOptions& options = request_.options;
  if (options.start <= 0 && options.duration <= 0) return {};
  begin_ = source_.file().time_zero() + std::llround(std::max(options.start, 0.0) * AV_TIME_BASE);
  if (options.duration > 0) end_ = begin_ + std::llround(options.duration * AV_TIME_BASE);
  const auto video = std::ranges::find_if(inspection_.streams, [](const StreamPlan& plan) {
    return plan.type == "video" && plan.action == Action::encode;
  });
  if (options.start <= 0 || video == inspection_.streams.end()) return {};
  return source_.seek(video->index, ticks(begin_, source_.stream(video->index).time_base));
}

// To where the container says that it is over; unless something is missing after it.
void Conversion::hold_last_picture(const Route& route) const {
  const SourceDamage& damage = source_.damage();
  if (damage.corrupt_packets + damage.lost_places > 0 || missing_by_index(source_.format())) return;
  std::vector<double> ends = source_.ends();
  ends.resize(static_cast<std::size_t>(source_.streams()), 0);
  if (const auto end = stated_end(source_.format(), route.plan->index, ends))
    route.video->last_until(ticks(std::llround(*end * AV_TIME_BASE), route.time_base()));
}

void Conversion::write_timecodes() {
  const Route* video = first_video();
  if (video == nullptr || video->ready_video() == nullptr || video->output < 0) return;
  const double later = request_.options.start > 0 ? cut_from_picture(*video) : 0;
  media::write_timecodes(source_.format(), *video->source, output_->format(), video->output, later);
}

// Seconds of the first picture's stream that the range leaves out.
double Conversion::cut_from_picture(const Route& video) const {
  const std::int64_t first = video.ready_video()->stats().first_pts;
  if (first == AV_NOPTS_VALUE) return 0;
  const std::int64_t start = video.source->start_time == AV_NOPTS_VALUE ? 0 : video.source->start_time;
  return static_cast<double>(first) * av_q2d(video.ready_video()->time_base()) -
         static_cast<double>(start) * av_q2d(video.source->time_base);
}

// On the source's clock.
std::int64_t Conversion::film_end() const {
  const std::int64_t duration = source_.format().duration;
  return duration > 0 ? std::min(end_, source_.start_time() + duration) : end_;
}

bool Conversion::is_subtitle(int index) const {
  const Route& route = routes_[static_cast<std::size_t>(index)];
  return route.active() && route.source->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
}

// Subtitles that are on when the range begins are stored before the key frame that reading begins at. A second
// reading fetches them, from as far back as subtitles reasonably stay on.
Expected<void> Conversion::fetch_running_subtitles() {
  bool any = false;
  for (int n = 0; n < static_cast<int>(routes_.size()); ++n) any |= is_subtitle(n);
  if (request_.options.start <= 0 || pass_ == 1 || !any) return {};
  HEVCPOOL_ASSIGN(const auto second, Source::open(request_.source, request_.name));
  for (int n = 0; n < second->streams(); ++n)
    if (n >= static_cast<int>(routes_.size()) || !is_subtitle(n)) second->stream(n).discard = AVDISCARD_ALL;
  avformat_seek_file(&second->format(), -1, INT64_MIN, begin_ - kLongestCue, begin_ - kLongestCue, 0);
  const PacketPtr packet(av_packet_alloc());
  for (;;) {
    HEVCPOOL_CHECK(check_limits());
    HEVCPOOL_ASSIGN(const bool more, second->read(*packet));
    if (!more || packet->pts >= ticks(begin_, second->stream(packet->stream_index).time_base)) return {};
    if (!is_subtitle(packet->stream_index)) continue;
    Route& route = routes_[static_cast<std::size_t>(packet->stream_index)];
    HEVCPOOL_CHECK(route.other->send(*packet, route.sink));
  }
}

// Every track cuts its packets to the range itself. Subtitles from before it were fetched.
bool Conversion::outside_range(Route& route, const AVPacket& packet) const {
  if (begin_ == INT64_MIN) return false;
  const AVRational time_base = route.source->time_base;
  // When a picture is decoded its own time does not say: those shown before it may still come.
  const std::int64_t dts = packet.dts != AV_NOPTS_VALUE || route.video ? packet.dts : packet.pts;
  if (dts == AV_NOPTS_VALUE || is_attached_picture(*route.source)) return false;
  const std::int64_t margin = route.video ? kReorderMargin : 0;
  if (end_ != INT64_MAX && dts >= ticks(end_ + margin, time_base)) route.past_end = true;
  const bool fetched = request_.options.start > 0 && route.source->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
  const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : dts;
  return route.past_end || (fetched && pts < ticks(begin_, time_base));
}

bool Conversion::everything_past_end() const {
  if (end_ == INT64_MAX) return false;
  return std::ranges::all_of(routes_, [](const Route& route) {
    const bool sparse = !route.video && route.source && route.source->codecpar->codec_type != AVMEDIA_TYPE_AUDIO;
    return !route.active() || route.past_end || sparse;
  });
}

}  // namespace hevcpool::media

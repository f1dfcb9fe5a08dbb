// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/smart_cut.h"

#include "media/libav/compat.h"
#include "media/segment/segment_source.h"
#include "media/convert/stream_cut.h"
#include "media/input/timeline.h"
#include "media/video/video_track.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr std::int64_t kLargestStepBack = 64 * AV_TIME_BASE;
constexpr double kEdgeCrf = 18;  // next to pictures that were not encoded again; an edge is short

struct Scan {
  std::vector<SourcePacket> packets;  // empty: this stream cannot be cut so
  std::int64_t begin = 0, end = SmartPlan::kFileEnd;
  std::int64_t start = 0;                       // of the part, microseconds
  std::int64_t part_end = SmartPlan::kFileEnd;  // where the last picture ends
  bool complete = false;
  int stream = -1;
  AVRational time_base{0, 1};
};

bool stopped(const ClipRequest& request) { return request.cancelled && request.cancelled(); }

// Whether no later packet is shown before `end`. Some containers know no decoding times.
class Past {
 public:
  explicit Past(std::int64_t end) : end_(end) {}
  bool reached(const AVPacket& packet) {
    behind_ = packet.pts >= end_ ? behind_ + 1 : 0;
    return (packet.dts != AV_NOPTS_VALUE && packet.dts >= end_) || behind_ > kDeepestReordering;
  }

 private:
  std::int64_t end_;
  int behind_ = 0;
};

// From a key frame at or before the part until nothing more of it can follow.
Expected<bool> scan_from(InputFile& file, const AVStream& video, std::int64_t place, const ClipRequest& request, Scan& scan) {
  scan.packets.clear();
  const int rc = avformat_seek_file(&file.format(), video.index, INT64_MIN, place, place, 0);
  if (rc < 0) return false;
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  Past past(scan.end);
  while (!stopped(request)) {
    av_packet_unref(packet.get());
    const int read = av_read_frame(&file.format(), packet.get());
    if (read == AVERROR(EAGAIN)) continue;
    if (read < 0) return scan.complete = true;
    if (packet->stream_index != video.index) continue;
    const bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (scan.packets.empty() && !key) continue;
    if (packet->pts == AV_NOPTS_VALUE) return scan.packets.clear(), true;
    scan.packets.push_back({packet->pts, packet->dts, key});
    if (past.reached(*packet)) return true;
  }
  return fail("clip", "cancelled", "cancelled");
}

// Reads from as far back as there is a key frame shown by the beginning.
Expected<void> scan_all(InputFile& file, const AVStream& video, const ClipRequest& request, Scan& scan) {
  for (std::int64_t back = 0; back <= kLargestStepBack; back = std::max<std::int64_t>(back * 4, AV_TIME_BASE)) {
    HEVCPOOL_ASSIGN(const bool read, scan_from(file, video, scan.begin - ticks(back, video.time_base), request, scan));
    if (read && (scan.packets.empty() || scan.packets.front().pts <= scan.begin)) return {};
  }
  // the part begins before the first frame
  if (!scan.packets.empty()) scan.begin = std::max(scan.begin, scan.packets.front().pts);
  return {};
}

Expected<Scan> scan_part(const ClipRequest& request) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  HEVCPOOL_ASSIGN(AVStream * video, file.video());
  Scan scan;
  if (video->codecpar->codec_id != AV_CODEC_ID_HEVC) return scan;
  for (AVStream* other : file.streams_of(AVMEDIA_TYPE_AUDIO)) other->discard = AVDISCARD_ALL;
  const Part part = asked_part(request.options, file.time_zero());
  scan.stream = video->index;
  scan.time_base = video->time_base;
  scan.start = part.begin;
  scan.begin = ticks(part.begin + kTimeRounding, video->time_base);
  if (part.end != INT64_MAX) {
    scan.end = ticks(part.end - kTimeRounding, video->time_base);
    scan.part_end = ticks(part.end, video->time_base);
  }
  HEVCPOOL_CHECK(scan_all(file, *video, request, scan));
  return scan;
}

// Encodes the frames of [begin, end), decoding from `key` on.
class Edge {
 public:
  Edge(const ClipRequest& request, std::int64_t begin, std::int64_t end) : request_(request), begin_(begin), end_(end) {}
  Expected<std::vector<PacketPtr>> encode(const SourcePacket& key, int stream);
  bool interlaced() const { return interlaced_; }

 private:
  Expected<void> read_all(SegmentSource& source, VideoTrack& track);
  Expected<void> take(const AVPacket& packet, const VideoTrack& track, AVRational time_base);

  const ClipRequest& request_;
  std::int64_t begin_, end_;
  std::vector<PacketPtr> out_;
  bool interlaced_ = false;
};

Expected<void> prepend(AVPacket& packet, const std::uint8_t* bytes, int size) {
  const int old = packet.size;
  if (av_grow_packet(&packet, size) < 0) return fail_av("clip", "packet", AVERROR(ENOMEM));
  std::copy_backward(packet.data, packet.data + old, packet.data + old + size);
  std::copy_n(bytes, size, packet.data);
  return {};
}

Expected<void> Edge::take(const AVPacket& packet, const VideoTrack& track, AVRational time_base) {
  PacketPtr copy(av_packet_clone(&packet));
  if (!copy) return fail_av("clip", "packet", AVERROR(ENOMEM));
  av_packet_rescale_ts(copy.get(), track.time_base(), time_base);
  const AVCodecParameters& parameters = track.parameters();
  if (out_.empty()) HEVCPOOL_CHECK(prepend(*copy, parameters.extradata, parameters.extradata_size));
  out_.push_back(std::move(copy));
  return {};
}

Expected<void> Edge::read_all(SegmentSource& source, VideoTrack& track) {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  const PacketSink sink = [&](AVPacket& done) { return take(done, track, source.video().time_base); };
  Past past(end_);
  while (!stopped(request_)) {
    HEVCPOOL_ASSIGN(const bool more, source.read(*packet));
    if (!more || past.reached(*packet) || interlaced_) return track.finish(sink);
    HEVCPOOL_CHECK(track.send(*packet, sink));
  }
  return fail("clip", "cancelled", "cancelled");
}

Expected<std::vector<PacketPtr>> Edge::encode(const SourcePacket& key, int stream) {
  SegmentRange range{.begin = begin_, .end = end_, .start = key.pts, .dts = key.dts};
  HEVCPOOL_ASSIGN(auto source, SegmentSource::open(request_.source, request_.name, range));
  if (source.video().index != stream) return fail("clip", "no_video", "another video stream would be cut");
  EncodeOptions options = request_.options.options;
  if (!options.crf && options.bitrate == 0 && !options.lossless) options.crf = kEdgeCrf;
  options.start = options.duration = 0;
  Diagnostics notes;
  FrameWindow window{.begin = begin_, .end = end_, .on_decoded = {}};
  window.on_decoded = [this](const AVFrame& frame) { interlaced_ |= is_interlaced(frame); };
  HEVCPOOL_ASSIGN(auto track, VideoTrack::create(source.format(), source.video(), options, {}, notes, window));
  HEVCPOOL_CHECK(read_all(source, *track));
  return std::move(out_);
}

// When the pictures of the part are shown, in the order of decoding.
std::vector<std::int64_t> times_of(const SmartCut& cut, const std::vector<SourcePacket>& packets) {
  std::vector<std::int64_t> times;
  for (const auto& packet : cut.head) times.push_back(packet->pts);
  bool copying = false;
  for (const SourcePacket& packet : packets) {
    if (packet.key && packet.pts == cut.plan.copy_from) copying = true;
    if (packet.key && packet.pts == cut.plan.copy_to) break;
    if (copying && packet.pts >= cut.plan.copy_from) times.push_back(packet.pts);
  }
  for (const auto& packet : cut.tail) times.push_back(packet->pts);
  return times;
}

// A picture lasts until the next one, the last one until `end` (kFileEnd: as long as it did). dts[i] = the time of the
// i-th picture shown, moved by the least delay that keeps it at or below every pts.
std::vector<PictureTimes> complete_times(const std::vector<std::int64_t>& times, std::int64_t end) {
  std::vector<std::int64_t> shown = times;
  std::ranges::sort(shown);
  std::size_t delay = 0;
  for (std::size_t i = 0; i < times.size(); ++i)
    while (i >= delay && shown[i - delay] > times[i]) ++delay;
  const std::int64_t step = shown.size() > 1 ? std::max<std::int64_t>(1, shown[1] - shown[0]) : 1;
  std::vector<PictureTimes> out;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto next = std::ranges::upper_bound(shown, times[i]);
    const std::int64_t until = next != shown.end() ? *next : end == SmartPlan::kFileEnd ? times[i] : end;
    const std::int64_t dts = i >= delay ? shown[i - delay] : shown[0] - static_cast<std::int64_t>(delay - i) * step;
    out.push_back({times[i], dts, until - times[i]});
  }
  return out;
}

// The first picture may be on screen already: it is shown from the part's beginning on.
void time_pictures(SmartCut& cut, const Scan& scan, std::int64_t end) {
  const std::int64_t first = microseconds(cut.plan.begin, scan.time_base);
  cut.start = std::abs(first - scan.start) <= kTimeRounding ? first : scan.start;
  std::vector<std::int64_t> times = times_of(cut, scan.packets);
  const std::int64_t start = ticks(cut.start, scan.time_base);
  for (std::int64_t& time : times) time = std::max(time, start);
  const bool goes_on = std::ranges::any_of(scan.packets, [&](const SourcePacket& each) { return each.pts >= scan.end; });
  cut.times = complete_times(times, goes_on ? end : SmartPlan::kFileEnd);
}

}  // namespace

Expected<std::optional<SmartCut>> make_smart_cut(const ClipRequest& request) {
  HEVCPOOL_ASSIGN(const Scan scan, scan_part(request));
  const auto plan = plan_smart_cut(scan.packets, scan.begin, scan.end, scan.complete);
  if (!plan) return std::nullopt;
  SmartCut cut;
  cut.plan = *plan;
  Edge head(request, plan->begin, plan->copy_from), tail(request, plan->tail_from, plan->end);
  if (plan->begin < plan->copy_from) {
    HEVCPOOL_ASSIGN(cut.head, head.encode(plan->head_key, scan.stream));
    if (cut.head.empty()) return std::nullopt;
  }
  if (plan->tail_from < plan->end) {
    HEVCPOOL_ASSIGN(cut.tail, tail.encode(plan->tail_key, scan.stream));
  }
  if (head.interlaced() || tail.interlaced()) return std::nullopt;
  time_pictures(cut, scan, scan.part_end);
  return cut;
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segmented_track.h"

#include "media/video/frame_clock.h"
#include "media/segment/segment.h"
#include "media/input/stream_rate.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace hevcpool::media {
namespace {

Unexpected do_not_fit(std::string_view why) {
  return fail("assemble", "bad_segments", fmt::format("the encoded segments do not fit together: {}", why));
}

Expected<void> check_neighbours(const SegmentReader& before, const SegmentReader& after) {
  if (before.header().end != after.header().begin) return do_not_fit("there is a gap");
  if (!agree(before.trailer().tail, after.trailer().head))
    return fail("assemble", "cut_mismatch", "the frames at a cut are not the same on both sides");
  return {};
}

bool same_kind(const SegmentHeader& a, const SegmentHeader& b) {
  return a.encoder == b.encoder && a.options == b.options;
}

Expected<void> check_row(const std::vector<SegmentReader>& segments, const std::string& options_hash) {
  if (segments.empty()) return do_not_fit("there are none");
  const SegmentHeader& first = segments.front().header();
  if (first.options != options_hash) return do_not_fit("they were made with other options");
  if (first.begin != SegmentRange::kFileBegin) return do_not_fit("the first is missing");
  if (segments.back().header().end != SegmentRange::kFileEnd) return do_not_fit("the last is missing");
  for (std::size_t n = 1; n < segments.size(); ++n) {
    if (!same_kind(first, segments[n].header())) return do_not_fit("they were not made in the same way");
    HEVCPOOL_CHECK(check_neighbours(segments[n - 1], segments[n]));
  }
  return {};
}

// The same in all segments that have frames.
int reorder_delay(const SegmentSet& segments) {
  int delay = 0;
  for (const auto& segment : segments.segments) delay = std::max(delay, segment.header().reorder_delay);
  return delay;
}

class SegmentedTrack final : public VideoTrack {
 public:
  SegmentedTrack(SegmentSet segments, AVStream& stream, std::unique_ptr<VideoTrack> scout,
                 std::unique_ptr<Diagnostics> scout_notes, PacketPtr packet)
      : segments_(std::move(segments)), stream_(stream), scout_notes_(std::move(scout_notes)),
        scout_(std::move(scout)), packet_(std::move(packet)), clock_(reorder_delay(segments_)) {
    for (const auto& segment : segments_.segments) add(segment.trailer().stats);
  }

  // The times of all frames, of a constant rate where they have one. Before the first packet.
  void arrange(AVFormatContext& format) {
    RegularClock regular = regular_clock_of(stream_, rate_of(format, stream_), time_base());
    for (const auto time : segments_.times) times_.push_back(regular.next(time));
    for (const auto time : times_) clock_.push(time, 1);
    last_duration_ = regular.duration(segments_.last_duration);
  }

  Expected<void> send(const AVPacket& packet, const PacketSink& sink) override {
    const std::int64_t now = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    ++stats_.packets_in;
    if (!scout_->ready()) HEVCPOOL_CHECK(ask_scout(&packet));
    if (!scout_->ready() || now == AV_NOPTS_VALUE) return {};
    return pass_on(av_rescale_q(now, stream_.time_base, time_base()), sink);
  }

  Expected<void> finish(const PacketSink& sink) override {
    if (!scout_->ready()) HEVCPOOL_CHECK(ask_scout(nullptr));
    if (!scout_->ready()) return {};
    if (!times_.empty())
      clock_.set_last_duration(last_duration(times_.back(), last_duration_, last_until_, time_base()));
    clock_.finish();
    return pass_on(INT64_MAX, sink);
  }

  void last_until(std::int64_t end) override { last_until_ = end; }

  bool ready() const override { return scout_->ready(); }
  const AVCodecParameters& parameters() const override { return scout_->parameters(); }
  Expected<void> describe(AVStream& output) const override { return scout_->describe(output); }
  const AVStream* source_stream() const override { return &stream_; }
  AVRational time_base() const override { return scout_->time_base(); }
  AVRational frame_rate() const override { return scout_->frame_rate(); }
  const VideoTrackStats& stats() const override { return stats_; }

 private:
  void add(const VideoTrackStats& segment) {
    stats_.frames_decoded += segment.frames_encoded;  // of those decoded twice, each counts once
    stats_.frames_encoded += segment.frames_encoded;
    stats_.decode_errors += segment.decode_errors;
    if (stats_.first_pts == AV_NOPTS_VALUE) {
      stats_.first_pts = segment.first_pts;
      stats_.errors_before_clean = segment.errors_before_clean;
      stats_.frames_before_clean = segment.frames_before_clean;
    }
  }

  // One packet, or null for the end.
  Expected<void> ask_scout(const AVPacket* packet) {
    const PacketSink nowhere = [](AVPacket&) { return Expected<void>{}; };
    HEVCPOOL_CHECK(packet != nullptr ? scout_->send(*packet, nowhere) : scout_->finish(nowhere));
    return scout_->ready() ? check_parameters() : Expected<void>{};
  }

  Expected<void> check_parameters() const {
    const AVCodecParameters& wanted = scout_->parameters();
    const auto* bytes = wanted.extradata;
    for (const auto& segment : segments_.segments) {
      const auto& have = segment.header().parameter_sets;
      if (segment.packets() == 0) continue;
      if (!std::equal(have.begin(), have.end(), bytes, bytes + wanted.extradata_size) ||
          segment.header().reorder_delay != wanted.video_delay)
        return fail("assemble", "parameter_sets", "the encoded segments have different parameter sets");
    }
    for (const auto& segment : segments_.segments)
      if (segment.packets() > 0 && av_cmp_q(segment.header().time_base, scout_->time_base()) != 0)
        return do_not_fit("their clock is another");
    return {};
  }

  // Everything that is decoded before `now`.
  Expected<void> pass_on(std::int64_t now, const PacketSink& sink) {
    while (segment_ < segments_.segments.size()) {
      if (packet_->data == nullptr) HEVCPOOL_CHECK(fetch());
      if (packet_->data == nullptr) continue;  // this segment has ended
      if (!give_times()) return {};
      if (packet_->dts > now) return {};
      timed_ = false;
      ++stats_.packets_out;
      stats_.bytes_out += static_cast<std::uint64_t>(packet_->size);
      stats_.last_pts = std::max(stats_.last_pts, packet_->pts);
      HEVCPOOL_CHECK(sink(*packet_));
      av_packet_unref(packet_.get());
    }
    return {};
  }

  Expected<void> fetch() {
    HEVCPOOL_ASSIGN(const bool more, segments_.segments[segment_].next(*packet_));
    if (!more) {
      ++segment_;
      return {};
    }
    return {};
  }

  // False where the end of the film must be known first.
  bool give_times() {
    if (timed_) return true;
    const auto place = std::lower_bound(segments_.times.begin(), segments_.times.end(), packet_->pts);
    const auto frame = place - segments_.times.begin();
    if (!clock_.known(frame)) return false;
    const PacketTimes times = clock_.take(frame);
    packet_->pts = times.pts;
    packet_->dts = times.dts;
    packet_->duration = times.duration;
    return timed_ = true;
  }

  SegmentSet segments_;
  AVStream& stream_;
  std::unique_ptr<Diagnostics> scout_notes_;  // before the scout, which writes into it
  std::unique_ptr<VideoTrack> scout_;
  PacketPtr packet_;                    // read, but not due yet; empty when there is none
  bool timed_ = false;                  // that packet has its times
  PacketClock clock_;
  std::vector<std::int64_t> times_;     // of all frames, as they are written
  std::int64_t last_duration_ = 1, last_until_ = INT64_MIN;
  std::size_t segment_ = 0;
  VideoTrackStats stats_;
};

// What every segment says of the whole is said once; what happened in a segment adds up.
void take_over_warnings(const SegmentSet& segments, Diagnostics& notes) {
  for (const auto& segment : segments.segments)
    for (const auto& warning : segment.trailer().warnings) {
      const bool known = std::any_of(notes.warnings().begin(), notes.warnings().end(), [&](const Warning& other) {
        return other.code == warning.code && other.message == warning.message;
      });
      if (!known || warning.count > 1) notes.warn(warning.code, warning.message, warning.count);
    }
}

}  // namespace

Expected<SegmentSet> SegmentSet::open(const std::vector<int>& files, const std::string& options_hash) {
  SegmentSet set;
  for (const int file : files) {
    HEVCPOOL_ASSIGN(auto readers, SegmentReader::open_all(file));
    std::move(readers.begin(), readers.end(), std::back_inserter(set.segments));
  }
  std::sort(set.segments.begin(), set.segments.end(),
            [](const auto& a, const auto& b) { return a.header().begin < b.header().begin; });
  HEVCPOOL_CHECK(check_row(set.segments, options_hash));
  for (const auto& segment : set.segments) {
    HEVCPOOL_ASSIGN(auto times, segment.times());
    std::sort(times.begin(), times.end());
    if (!times.empty()) {
      HEVCPOOL_ASSIGN(set.last_duration, segment.last_duration());
    }
    set.times.insert(set.times.end(), times.begin(), times.end());
  }
  const auto disorder = std::adjacent_find(set.times.begin(), set.times.end(), std::greater_equal<>());
  if (disorder != set.times.end()) return do_not_fit("their frames are not one after another");
  return set;
}

Expected<std::unique_ptr<VideoTrack>> make_segmented_track(SegmentSet segments, AVFormatContext& format,
                                                           AVStream& stream, const EncodeOptions& options,
                                                           Diagnostics& notes) {
  auto scout_notes = std::make_unique<Diagnostics>();  // the segments have said the same
  HEVCPOOL_ASSIGN(auto scout, VideoTrack::create(format, stream, options, {}, *scout_notes));
  PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("assemble", "no memory for a packet", AVERROR(ENOMEM));
  take_over_warnings(segments, notes);
  auto track = std::make_unique<SegmentedTrack>(std::move(segments), stream, std::move(scout), std::move(scout_notes),
                                                std::move(packet));
  track->arrange(format);
  return track;
}

}  // namespace hevcpool::media

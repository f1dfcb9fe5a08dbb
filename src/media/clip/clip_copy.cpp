// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip.h"
#include "media/clip/clip_streams.h"
#include "media/clip/clip_target.h"
#include "media/clip/clip_video.h"
#include "media/input/completeness.h"
#include "media/libav/encryption.h"
#include "media/clip/smart_cut.h"
#include "media/input/source.h"
#include "media/libav/stream_kind.h"
#include "media/input/timeline.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr double kWorthSaying = 0.001;  // seconds
// Streams that are interleaved badly may still bring packets from before the end.
constexpr std::int64_t kLateness = 2 * AV_TIME_BASE;
// Packets of other streams before it is known which picture is on screen.
constexpr std::size_t kMostWaiting = 10000;

// Which picture the clip begins with, by the packets of the film from a key frame on.
class Beginning {
 public:
  Beginning(const AVStream& film, std::int64_t asked) : film_(film), asked_(asked), start_(asked) {}

  // True: the start is known.
  bool look_at(const AVPacket& packet) {
    const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    timeless_ |= time == AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (time == AV_NOPTS_VALUE) return false;
    return found_ ? is_over(time, packet.dts) : (packet.flags & AV_PKT_FLAG_KEY) != 0 && begin_with(time);
  }

  bool found() const { return found_; }
  bool timeless() const { return timeless_; }  // a key frame has no time
  // Microseconds: the time asked for, or that of the key frame where another picture is on screen then.
  std::int64_t start() const { return start_; }

 private:
  std::int64_t time_of(std::int64_t time) const { return microseconds(time, film_.time_base); }

  bool begin_with(std::int64_t time) {
    found_ = true;
    key_ = time_of(time);
    if (std::abs(key_ - asked_) <= kTimeRounding) start_ = key_;
    return key_ >= asked_ - kTimeRounding;
  }

  bool is_over(std::int64_t time, std::int64_t dts) {
    const bool between = time_of(time) > key_ && time_of(time) <= asked_ + kTimeRounding;
    if (between) start_ = key_;
    later_ += time_of(time) > key_;
    return between || later_ > kDeepestReordering || (dts != AV_NOPTS_VALUE && time_of(dts) > asked_ + kTimeRounding);
  }

  const AVStream& film_;
  std::int64_t asked_, start_, key_ = 0;
  bool found_ = false, timeless_ = false;
  int later_ = 0;
};

class ClipCopier {
 public:
  ClipCopier(const ClipRequest& request, Source& source, const SmartCut* smart, ClipTarget::Sets sets)
      : request_(request), source_(source), smart_(smart), sets_(sets) {}
  // Nothing: the parameter sets must be in the samples.
  Expected<std::optional<ClipReport>> run();

 private:
  Expected<void> seek();
  Expected<void> prepare();
  Expected<void> find_start();
  Expected<bool> next(AVPacket& packet);
  Expected<bool> read(AVPacket& packet);
  Expected<void> fetch_subtitles();
  Expected<void> fetch_from(Source& second);
  Expected<bool> take(AVPacket& packet);
  Expected<void> copy_packets();
  void note_end(const AVPacket& packet);
  void tell_end() const;
  Expected<void> check_result() const;
  ClipReport report();
  Unexpected nothing_left(double end) const;
  bool is_subtitle(int index) const;

  const ClipRequest& request_;
  Source& source_;
  const SmartCut* smart_;
  ClipTarget::Sets sets_;
  Diagnostics notes_;
  ClipPlan plan_;
  const AVStream* film_ = nullptr;  // that decides where the clip begins; none: sound only
  std::unique_ptr<ClipTarget> target_;
  std::unique_ptr<ClipVideo> pictures_;
  std::deque<PacketPtr> waiting_;   // read before the start was known
  PacketPtr first_;                 // of the film
  Part part_;
  bool ended_ = false;                  // everything was read
  std::int64_t media_end_ = INT64_MIN;  // of all that was read
  bool fetched_ = false;            // subtitles from before the part were read
};

Unexpected ClipCopier::nothing_left(double end) const {
  return fail("request", "bad_argument",
              fmt::format("nothing is left at {:.3f} s: the file ends at {:.3f} s", request_.options.start, end));
}

// Before anything holds a stream of the source: it may be opened anew.
Expected<void> ClipCopier::seek() {
  const Clip& clip = request_.options;
  if (const double length = source_.duration(); length > 0 && clip.start >= length) return nothing_left(length);
  part_ = asked_part(clip, source_.file().time_zero());
  if (clip.start <= 0) return {};
  if (const AVStream* film = find_film(source_.file()))
    return source_.seek(film->index, ticks(part_.begin + kTimeRounding, film->time_base));
  constexpr std::int64_t kForTheDecoder = AV_TIME_BASE / 5;
  const std::int64_t place = part_.begin - kForTheDecoder;
  const int rc = avformat_seek_file(&source_.format(), -1, std::numeric_limits<std::int64_t>::min(), place, place, 0);
  if (rc < 0) return fail_av("demux", "seek", rc);
  return {};
}

Expected<void> ClipCopier::prepare() {
  HEVCPOOL_ASSIGN(plan_, plan_clip(request_, source_, notes_));
  HEVCPOOL_ASSIGN(target_, ClipTarget::create(request_, source_, plan_, sets_, notes_));
  if (plan_.film < 0) return {};
  film_ = &source_.stream(plan_.film);
  if (smart_) {
    HEVCPOOL_ASSIGN(pictures_, ClipVideo::smart(*smart_, *film_, target_->stream(film_->index)));
  } else {
    pictures_ = ClipVideo::plain(*film_);
  }
  return {};
}

Expected<bool> ClipCopier::read(AVPacket& packet) {
  if (request_.cancelled && request_.cancelled()) return fail("clip", "cancelled", "cancelled");
  HEVCPOOL_ASSIGN(const bool more, source_.read(packet));
  ended_ |= !more;
  if (more) note_end(packet);
  return more;
}

// What is seen and heard: a subtitle may be left over.
void ClipCopier::note_end(const AVPacket& packet) {
  const AVStream& stream = source_.stream(packet.stream_index);
  const AVMediaType type = stream.codecpar->codec_type;
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time == AV_NOPTS_VALUE || (type != AVMEDIA_TYPE_VIDEO && type != AVMEDIA_TYPE_AUDIO)) return;
  media_end_ = std::max(media_end_, microseconds(time + packet.duration, stream.time_base));
}

Expected<bool> ClipCopier::next(AVPacket& packet) {
  if (waiting_.empty()) return read(packet);
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, waiting_.front().get());
  waiting_.pop_front();
  return true;
}

// Reads until it is known; of a smart cut it is.
Expected<void> ClipCopier::find_start() {
  if (!film_) return {};
  Beginning beginning(*film_, part_.begin);
  bool certain = false, more = true;
  while (!certain && more && (waiting_.size() < kMostWaiting || !beginning.found())) {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
    HEVCPOOL_ASSIGN(more, read(*packet));
    if (!more) break;
    const bool of_film = packet->stream_index == film_->index;
    certain = of_film && beginning.look_at(*packet);
    if (beginning.found() && !first_ && !(first_ = PacketPtr(av_packet_clone(packet.get()))))
      return fail_av("demux", "keep packet", AVERROR(ENOMEM));
    waiting_.push_back(std::move(packet));
  }
  if (!beginning.found() && beginning.timeless())
    return fail("demux", "no_times", "pictures without times of their own cannot be copied: ask for an exact clip");
  if (!beginning.found()) return fail("demux", "no_frame", "there is no picture in that part of the file");
  part_.begin = smart_ ? smart_->start : beginning.start();
  if (smart_) first_->pts = smart_->plan.begin;
  return {};
}

bool ClipCopier::is_subtitle(int index) const {
  return target_->holds(index) && source_.stream(index).codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
}

// Subtitles that are on screen when the part begins are stored before the key frame that reading begins at.
Expected<void> ClipCopier::fetch_subtitles() {
  bool any = false;
  for (int n = 0; n < source_.streams(); ++n) any |= is_subtitle(n);
  if (request_.options.start <= 0 || !any) return {};
  HEVCPOOL_ASSIGN(const auto second, Source::open(request_.source, request_.name));
  if (second->clock_jumps() > 0 || second->streams() < source_.streams()) return {};
  for (int n = 0; n < second->streams(); ++n)  // the film tells how far reading is
    if (n >= source_.streams() || !(is_subtitle(n) || n == plan_.film)) second->stream(n).discard = AVDISCARD_ALL;
  const std::int64_t place = part_.begin - kLongestCue;
  avformat_seek_file(&second->format(), -1, INT64_MIN, place, place, 0);
  fetched_ = true;
  return fetch_from(*second);
}

Expected<void> ClipCopier::fetch_from(Source& second) {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  while (true) {
    if (request_.cancelled && request_.cancelled()) return fail("clip", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool more, second.read(*packet));
    if (!more) return {};
    const std::int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    const bool early = time < ticks(part_.begin, second.stream(packet->stream_index).time_base);
    if (packet->stream_index == plan_.film && !early) return {};
    if (early && packet->stream_index < source_.streams() && is_subtitle(packet->stream_index))
      HEVCPOOL_CHECK(target_->send(*packet));
  }
}

// False once nothing more of the clip can follow.
Expected<bool> ClipCopier::take(AVPacket& packet) {
  if (packet.stream_index >= source_.streams() || !target_->holds(packet.stream_index)) return true;
  const AVStream& stream = source_.stream(packet.stream_index);
  const std::int64_t turn = packet.dts == AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (turn != AV_NOPTS_VALUE && part_.end < INT64_MAX && microseconds(turn, stream.time_base) >= part_.end + kLateness)
    return false;
  if (&stream == film_) HEVCPOOL_CHECK(pictures_->take(packet));
  else if (!fetched_ || !is_subtitle(stream.index) || turn >= ticks(part_.begin, stream.time_base))
    HEVCPOOL_CHECK(target_->send(packet));
  return !target_->sets_differ();
}

Expected<void> ClipCopier::copy_packets() {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  if (pictures_) HEVCPOOL_CHECK(pictures_->begin(*target_, part_));
  while (true) {
    HEVCPOOL_ASSIGN(const bool more, next(*packet));
    if (!more) return {};
    HEVCPOOL_ASSIGN(const bool goes_on, take(*packet));
    if (!goes_on) return {};
  }
}

// Of a last picture that is held: packets may not say for how long.
void ClipCopier::tell_end() const {
  const SourceDamage& damage = source_.damage();
  if (!pictures_ || !ended_ || damage.corrupt_packets + damage.lost_places > 0 || missing_by_index(source_.format())) return;
  std::vector<double> ends = source_.ends();
  ends.resize(static_cast<std::size_t>(source_.streams()), 0);
  if (const auto end = stated_end(source_.format(), film_->index, ends))
    pictures_->end_at(ticks(std::llround(*end * AV_TIME_BASE), film_->time_base));
}

// A file may say that it is longer than it is.
Expected<void> ClipCopier::check_result() const {
  const std::int64_t asked = asked_part(request_.options, source_.file().time_zero()).begin;
  if (ended_ && request_.options.start > 0 && source_.clock_jumps() == 0 && media_end_ <= asked)
    return nothing_left(static_cast<double>(std::max(media_end_, source_.file().time_zero()) - source_.file().time_zero()) / AV_TIME_BASE);
  if (pictures_ && pictures_->packets() == 0)
    return fail("demux", "no_frame", "there is no picture in that part of the file");
  if (target_->packets() == 0) return fail("demux", "no_packet", "there is nothing in that part of the file");
  return {};
}

ClipReport ClipCopier::report() {
  ClipReport report;
  if (pictures_) report.packets = pictures_->packets();
  report.start = static_cast<double>(part_.begin - source_.file().time_zero()) / AV_TIME_BASE;
  if (!smart_ && request_.options.start - report.start > kWorthSaying)
    notes_.warn("early_start", fmt::format("begins at {:.3f} s, with the key frame", report.start));
  if (target_->has_sets_in_samples())
    notes_.warn("hev1", "the parameter sets change on the way: written as 'hev1', which Apple's players refuse");
  if (smart_) report.encoded_frames = static_cast<std::int64_t>(smart_->head.size() + smart_->tail.size());
  report.duration = target_->duration();
  report.bytes = target_->bytes();
  report.warnings = notes_.warnings();
  return report;
}

Expected<std::optional<ClipReport>> ClipCopier::run() {
  for (const AVStream* stream : source_.file().streams_of(AVMEDIA_TYPE_VIDEO))
    if (!is_attached_picture(*stream) && !find_film(source_.file())) HEVCPOOL_CHECK(require_clear(*stream));
  HEVCPOOL_CHECK(seek());
  HEVCPOOL_CHECK(prepare());
  HEVCPOOL_CHECK(find_start());
  HEVCPOOL_CHECK(target_->begin(part_, first_.get()));
  HEVCPOOL_CHECK(fetch_subtitles());
  HEVCPOOL_CHECK(copy_packets());
  tell_end();
  if (pictures_) HEVCPOOL_CHECK(pictures_->finish());
  if (target_->sets_differ()) return std::nullopt;
  HEVCPOOL_CHECK(check_result());
  HEVCPOOL_CHECK(target_->finish());
  return report();
}

Expected<std::optional<ClipReport>> copy_with(const ClipRequest& request, const SmartCut* smart,
                                              ClipTarget::Sets sets) {
  HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.name));
  source->complete_times();
  return ClipCopier(request, *source, smart, sets).run();
}

}  // namespace

Part asked_part(const Clip& options, std::int64_t zero) {
  Part part;
  part.begin = zero + std::llround(options.start * AV_TIME_BASE);
  if (options.duration > 0) part.end = part.begin + std::llround(options.duration * AV_TIME_BASE);
  return part;
}

// Whether the parameter sets stay the same is known only when all was read.
Expected<ClipReport> copy_clip(const ClipRequest& request, const SmartCut* smart) {
  if (!smart || !smart->encodes()) {
    HEVCPOOL_ASSIGN(auto report, copy_with(request, smart, ClipTarget::Sets::in_header));
    if (report) return std::move(*report);
    if (ftruncate(request.target, 0) != 0) return fail_av("mux", "begin again", AVERROR(errno));
  }
  HEVCPOOL_ASSIGN(auto report, copy_with(request, smart, ClipTarget::Sets::in_samples));
  if (!report) return fail("mux", "parameter_sets", "the parameter sets cannot be kept");
  return std::move(*report);
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/convert/conversion.h"

#include "media/mux/matroska_marks.h"

#include "media/input/completeness.h"
#include "media/plan/picture_plan.h"
#include "media/convert/stream_cut.h"
#include "media/libav/stream_kind.h"
#include "profile/recorder.h"

#include <algorithm>

namespace hevcpool::media {
namespace {

using Action = StreamPlan::Action;

constexpr std::size_t kMostWaitingBytes = 64 << 20;
// A start this late is a clock that runs from somewhere, not a delay that somebody wanted.
constexpr std::int64_t kLongestDelay = 60 * std::int64_t{AV_TIME_BASE};

bool clock_begins_at_zero(const AVFormatContext& format) {
  return std::string_view(format.iformat->name).find("mov") != std::string_view::npos;
}

VideoTrackMaker default_maker() {
  return [](auto& format, auto& stream, const auto& options, const auto& pass, auto& notes) {
    return VideoTrack::create(format, stream, options, pass, notes);
  };
}

}  // namespace

Conversion::Conversion(const TranscodeRequest& request, Source& source, const Inspection& inspection, int pass,
                       Diagnostics& notes)
    : request_(request), source_(source), inspection_(inspection), pass_(pass), notes_(notes),
      started_(std::chrono::steady_clock::now()), reported_(started_) {}

Expected<void> Conversion::run() {
  if (profile::Recorder* recorder = profile::Recorder::current()) recorder->begin_pass(pass_);
  HEVCPOOL_CHECK(prepare());
  HEVCPOOL_CHECK(fetch_running_subtitles());
  HEVCPOOL_CHECK(read_all());
  HEVCPOOL_CHECK(finish_tracks());
  if (pass_ == 1) return {};
  return output_->finish();
}

Expected<void> Conversion::prepare() {
  HEVCPOOL_ASSIGN(audio_, parse_audio_request(request_.options.audio));
  HEVCPOOL_CHECK(choose_range());
  return make_tracks();
}

VideoTrack::Pass Conversion::pass_for(const Route& route) const {
  if (pass_ == 0) return {};
  return {pass_, fmt::format("{}/pass-{}.log", request_.scratch_folder, route.source->index)};
}

Expected<void> Conversion::make_tracks() {
  routes_.resize(inspection_.streams.size());
  for (const StreamPlan& plan : inspection_.streams) {
    Route& route = routes_[static_cast<std::size_t>(plan.index)];
    route.plan = &plan;
    route.source = &source_.stream(plan.index);
    HEVCPOOL_CHECK(make_track(route));
    if (!route.active()) route.source->discard = AVDISCARD_ALL;
    route.sink = [this, &route](AVPacket& packet) { return deliver(route, packet); };
  }
  return {};
}

Expected<void> Conversion::make_video(Route& route) {
  const VideoTrackMaker create = request_.make_video ? request_.make_video : default_maker();
  Diagnostics unheard;  // the second pass says the same
  HEVCPOOL_ASSIGN(route.options, settle_picture_options(request_.source, request_.name, *route.source,
                                                        inspection_.container, request_.options,
                                                        pass_ == 1 ? unheard : notes_));
  auto track = create(source_.format(), *route.source, route.options, pass_for(route), notes_);
  if (!track) return Unexpected(std::move(track.error()));
  route.video = std::move(*track);
  return {};
}

Expected<void> Conversion::make_track(Route& route) {
  const StreamPlan& plan = *route.plan;
  if (plan.action == Action::drop) return {};
  if (plan.action == Action::encode && plan.type == "video") return make_video(route);
  if (pass_ == 1) return {};
  const bool attached = plan.type == "attachment" ||
                        (is_attached_picture(*route.source) && inspection_.container == Container::mkv);
  if (attached) return {};
  if (plan.action == Action::copy) {
    HEVCPOOL_ASSIGN(route.other, make_copy_track(*route.source, inspection_.container));
  } else if (plan.type == "audio") {
    AudioRequest request = audio_;
    if (plan.action == Action::convert) request = audio_request_for(plan.target_codec);
    const bool global_header = av_guess_format(muxer_name(inspection_.container), nullptr, nullptr)->flags &
                               AVFMT_GLOBALHEADER;
    HEVCPOOL_ASSIGN(route.other, make_audio_track(*route.source, request, global_header, notes_));
  } else {
    const AVCodecDescriptor* target = avcodec_descriptor_get_by_name(plan.target_codec.c_str());
    HEVCPOOL_ASSIGN(route.other, make_subtitle_track(*route.source, target ? target->id : AV_CODEC_ID_NONE, film_end()));
  }
  if (begin_ != INT64_MIN && !is_attached_picture(*route.source))
    route.other = make_cut_track(*route.source, {begin_, end_}, inspection_.container != Container::mkv, std::move(route.other));
  return {};
}

Expected<void> Conversion::read_all() {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  for (;;) {
    if (may_overlap()) return read_overlapping();
    HEVCPOOL_ASSIGN(const bool more, read(*packet));
    if (!more) return {};
    HEVCPOOL_CHECK(take(*packet));
    if (const Route* video = first_video()) report_progress(reached_by(*video));
  }
}

// False: there is nothing more to read.
Expected<bool> Conversion::read(AVPacket& packet) {
  if (everything_past_end() || lost_already()) return false;
  HEVCPOOL_CHECK(check_limits());
  HEVCPOOL_ASSIGN(const bool more, source_.read(packet));
  if (const AVIOContext* io = source_.format().pb) position_ = io->pos;
  return more;
}

// What is lost fails the job in the end: no need to go on.
bool Conversion::lost_already() const {
  return request_.options.max_errors == -1 && !request_.options.max_damage && source_.damage().lost_places > 0 && !is_recording(source_.format());
}

// Null: nobody wants the packet.
Conversion::Route* Conversion::route_for(const AVPacket& packet) {
  const auto index = static_cast<std::size_t>(packet.stream_index);
  if (index >= routes_.size() || !routes_[index].active()) return nullptr;  // a stream that appeared later
  Route& route = routes_[index];
  if (outside_range(route, packet)) return nullptr;
  route.reach.note(packet, route.source->codecpar->codec_type == AVMEDIA_TYPE_AUDIO);
  return &route;
}

Expected<void> Conversion::take(AVPacket& packet) {
  Route* const route = route_for(packet);
  if (route == nullptr) return {};
  if (!route->video) {
    const profile::Scope timed(profile::Stage::audio);
    return route->other->send(packet, route->sink);
  }
  HEVCPOOL_CHECK(route->video->send(packet, route->sink));
  return output_ ? Expected<void>{} : begin_if_ready();
}

Expected<void> Conversion::finish_tracks() {
  for (Route& route : routes_) {
    if (route.video) hold_last_picture(route);
    if (route.video) HEVCPOOL_CHECK(route.video->finish(route.sink));
    if (route.other) HEVCPOOL_CHECK(route.other->finish(route.sink));
  }
  HEVCPOOL_CHECK(drop_silent_videos());
  if (pass_ != 1 && !output_) return begin();
  return {};
}

Expected<void> Conversion::drop_silent_videos() {
  std::int64_t encoded = 0, decoded = 0;
  for (Route& route : routes_) {
    if (!route.video) continue;
    encoded += route.video->stats().frames_encoded;
    decoded += route.video->stats().frames_decoded;
  }
  if (encoded == 0) {
    const std::int64_t errors = decode_errors();
    if (decoded > 0 && errors == 0)
      return fail("filter", "no_frame", "the start, the duration or the filters asked for leave no frame");
    return fail("decode", "no_frame", errors > 0 ? fmt::format("no frame could be decoded ({} errors)", errors)
                                                 : std::string("no frame could be decoded"));
  }
  for (Route& route : routes_) {
    if (!route.video || route.video->stats().frames_encoded > 0) continue;
    notes_.dropped(fmt::format("video stream {} ({}): no frame could be decoded", route.plan->index,
                               route.plan->codec));
    if (!output_) route.video.reset();
  }
  return {};
}

Expected<void> Conversion::deliver(Route& route, AVPacket& packet) {
  if (pass_ == 1) return {};
  if (!output_) return hold(route, packet);
  const std::int64_t shift = ticks(offset_, route.time_base());
  packet.pts -= shift;
  packet.dts -= shift;
  return output_->write(packet, route.output, route.time_base());
}

Expected<void> Conversion::hold(Route& route, AVPacket& packet) {
  PacketPtr kept(av_packet_alloc());
  if (!kept || (!packet.buf && av_packet_make_refcounted(&packet) < 0))
    return fail_av("mux", "packet", AVERROR(ENOMEM));
  av_packet_move_ref(kept.get(), &packet);
  waiting_bytes_ += static_cast<std::size_t>(kept->size) + sizeof(AVPacket);
  waiting_.push_back({&route, std::move(kept)});
  if (waiting_bytes_ < kMostWaitingBytes) return {};
  return ask_missing_tracks();
}

Expected<void> Conversion::begin_if_ready() {
  if (pass_ == 1) return {};
  const bool ready = std::ranges::all_of(routes_, [](const Route& r) { return !r.video || r.ready_video(); });
  return ready ? begin() : Expected<void>{};
}

// Tracks that have not seen a frame although much waits already: their first frame is far away, or there is none.
Expected<void> Conversion::ask_missing_tracks() {
  for (Route& route : routes_)
    if (route.video && !route.ready_video()) HEVCPOOL_CHECK(ask(route));
  return begin();
}

Expected<void> Conversion::ask(Route& route) {
  HEVCPOOL_ASSIGN(const auto second, Source::open(request_.source, request_.name));
  if (route.plan->index >= second->streams()) return fail("demux", "changed", "the source has changed");
  for (int n = 0; n < second->streams(); ++n)
    if (n != route.plan->index) second->stream(n).discard = AVDISCARD_ALL;
  Diagnostics unheard;  // the real track will say the same
  HEVCPOOL_ASSIGN(route.stand_in, VideoTrack::create(second->format(), second->stream(route.plan->index),
                                                     route.options, pass_for(route), unheard));
  const PacketSink nowhere = [](AVPacket&) { return Expected<void>{}; };
  const PacketPtr packet(av_packet_alloc());
  bool more = true;
  while (more && !route.stand_in->ready()) {
    HEVCPOOL_CHECK(check_limits());
    HEVCPOOL_ASSIGN(more, second->read(*packet));
    if (more && packet->stream_index == route.plan->index) HEVCPOOL_CHECK(route.stand_in->send(*packet, nowhere));
  }
  if (!more) HEVCPOOL_CHECK(route.stand_in->finish(nowhere));
  if (route.stand_in->ready()) return {};
  notes_.dropped(fmt::format("video stream {} ({}): no frame could be decoded", route.plan->index,
                             route.plan->codec));
  route.stand_in.reset();
  route.video.reset();
  route.source->discard = AVDISCARD_ALL;
  return {};
}

// One offset for all streams keeps sound with the picture. MP4 and MOV describe delays from zero; other clocks
// start anywhere. Nothing that is shown may come before zero; what an encoder of sound puts before it is not heard.
void Conversion::choose_offset() {
  const std::int64_t start = source_.file().time_zero();
  const bool delay = start > 0 && start < kLongestDelay && clock_begins_at_zero(source_.format());
  offset_ = begin_ != INT64_MIN ? begin_ : delay ? 0 : start;
  for (const Route& route : routes_) {
    const VideoTrack* video = route.ready_video();
    if (video && video->stats().first_pts != AV_NOPTS_VALUE)
      offset_ = std::min(offset_, microseconds(video->stats().first_pts, video->time_base()));
  }
}

Expected<void> Conversion::add_stream(Route& route) {
  const bool attached = !route.active() && route.plan->action == Action::copy;
  if (!route.active() && !attached) return {};
  HEVCPOOL_ASSIGN(AVStream* const stream, output_->add_stream());
  route.output = stream->index;
  output_->marks().carry_stream(source_.file(), route.plan->index, stream->index, route.plan->action != Action::copy);
  if (attached) return add_attachment(*route.source, *stream);
  if (route.video) {
    HEVCPOOL_CHECK(route.ready_video()->describe(*stream));
    carry_crop(source_.file(), route.source->index, request_.options, request_.options.vf.empty() ? route.options.vf : "",
               output_->marks().track(stream->index));
    stream->codecpar->codec_tag = inspection_.container == Container::mkv ? 0 : MKTAG('h', 'v', 'c', '1');
  } else {
    HEVCPOOL_CHECK(route.other->describe(*stream));
  }
  copy_stream_tags(*route.source, inspection_.container, *stream, route.plan->action == Action::encode);
  return {};
}

void Conversion::choose_muxer_options() {
  if (inspection_.container == Container::mkv) {
    output_->set_option("default_mode", "passthrough");
    return;
  }
  output_->set_option("movflags", "+faststart");
  output_->set_option("movie_timescale", "90000");  // delays are written in it
}

Expected<void> Conversion::begin() {
  choose_offset();
  HEVCPOOL_ASSIGN(output_, Output::create(request_.target, inspection_.container));
  choose_muxer_options();
  for (Route& route : routes_) HEVCPOOL_CHECK(add_stream(route));
  copy_file_tags(source_, inspection_.container, *output_);
  write_timecodes();
  HEVCPOOL_CHECK(copy_chapters(source_.format(), output_->format(), offset_, end_));
  const bool whole = request_.options.start <= 0 && request_.options.duration <= 0;
  output_->marks().carry_file(source_.file(), offset_, end_, whole);
  HEVCPOOL_CHECK(output_->begin());
  return release_waiting();
}

Expected<void> Conversion::release_waiting() {
  for (Waiting& waiting : waiting_)
    if (waiting.route->active()) HEVCPOOL_CHECK(deliver(*waiting.route, *waiting.packet));
  waiting_.clear();
  waiting_.shrink_to_fit();
  waiting_bytes_ = 0;
  return {};
}

Expected<void> Conversion::check_limits() {
  if (request_.cancelled && request_.cancelled()) return fail("encode", "cancelled", "cancelled");
  const std::int64_t limit = request_.options.max_errors;
  if (limit >= 0 && harmed_frames() > limit)
    return fail("decode", "too_many_errors", fmt::format("more than {} decoding errors", limit));
  return {};
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip_target.h"

#include "media/mux/container.h"
#include "media/mux/labels.h"
#include "media/mux/metadata.h"
#include "media/mux/mov_languages.h"
#include "media/mux/movie_end.h"
#include "media/libav/stream_kind.h"
#include "media/plan/streams.h"
#include "media/video/timecode.h"

#include <algorithm>

namespace hevcpool::media {
namespace {

using Action = StreamPlan::Action;

constexpr unsigned kSetsInHeader = MKTAG('h', 'v', 'c', '1'), kSetsInSamples = MKTAG('h', 'e', 'v', '1');
constexpr unsigned kDolbySetsInHeader = MKTAG('d', 'v', 'h', '1'), kDolbySetsInSamples = MKTAG('d', 'v', 'h', 'e');

bool is_dolby(unsigned tag) { return tag == kDolbySetsInHeader || tag == kDolbySetsInSamples; }

unsigned film_tag(unsigned source, ClipTarget::Sets sets) {
  if (sets == ClipTarget::Sets::in_header) return is_dolby(source) ? kDolbySetsInHeader : kSetsInHeader;
  return is_dolby(source) ? kDolbySetsInSamples : kSetsInSamples;
}

}  // namespace

Expected<std::unique_ptr<ClipTarget>> ClipTarget::create(const ClipRequest& request, Source& source,
                                                         const ClipPlan& plan, Sets sets, Diagnostics& notes) {
  std::unique_ptr<ClipTarget> target(new ClipTarget(request, source, plan, sets, notes));
  HEVCPOOL_CHECK(target->open());
  HEVCPOOL_CHECK(target->add_streams());
  return target;
}

bool ClipTarget::is_matroska() const { return writes_matroska(*plan_.muxer); }

bool ClipTarget::holds_movie_boxes() const { return has_edit_lists(*plan_.muxer); }

Expected<void> ClipTarget::open() {
  AVFormatContext* context = nullptr;
  if (const int rc = avformat_alloc_output_context2(&context, plan_.muxer, nullptr, nullptr); rc < 0)
    return fail_av("mux", plan_.muxer->name, rc);
  output_.reset(context);
  context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // TrueHD and Dolby Vision in MP4
  context->flags |= AVFMT_FLAG_BITEXACT;                        // the same source gives the same bytes
  HEVCPOOL_ASSIGN(io_, TargetIo::attach(request_.target, *context));
  copy_file_tags(source_.format(), *context);
  return {};
}

Expected<void> ClipTarget::add_streams() {
  for (const StreamPlan& plan : plan_.streams) {
    AVStream& stream = source_.stream(plan.index);
    if (plan.action == Action::drop) stream.discard = AVDISCARD_ALL;
    else HEVCPOOL_CHECK(add_stream(stream, plan));
  }
  return {};
}

Expected<void> ClipTarget::add_stream(AVStream& source, const StreamPlan& plan) {
  AVStream* target = avformat_new_stream(output_.get(), nullptr);
  if (!target) return fail_av("mux", "new stream", AVERROR(ENOMEM));
  const bool cover_file = is_attached_picture(source) && plan_.container == Container::mkv;
  marks_.carry_stream(source_.file(), source.index, target->index, plan.action != Action::copy);
  if (cover_file || source.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT) return add_attachment(source, *target);
  Track& track = tracks_[source.index];
  track.source = &source;
  track.target = target;
  HEVCPOOL_CHECK(describe(track, plan));
  copy_stream_tags(source, plan_.container, *target, false);
  return {};
}

Expected<std::unique_ptr<StreamTrack>> ClipTarget::make_converter(const AVStream& source, const StreamPlan& plan) {
  if (plan.action == Action::copy) return make_copy_track(source, *plan_.muxer);
  if (source.codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
    return make_audio_track(source, audio_request_for(plan.target_codec), plan_.muxer->flags & AVFMT_GLOBALHEADER, notes_);
  const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(plan.target_codec.c_str());
  return make_subtitle_track(source, codec ? codec->id : AV_CODEC_ID_NONE, INT64_MAX);
}

Expected<void> ClipTarget::describe(Track& track, const StreamPlan& plan) {
  track.target->sample_aspect_ratio = track.source->sample_aspect_ratio;
  if (track.source->index == plan_.film) {
    HEVCPOOL_CHECK(describe_copy(*track.source, *plan_.muxer, *track.target));
    // The container's shape of a pixel counts. libav writes no header where the codec's differs.
    if (track.source->sample_aspect_ratio.num > 0)
      track.target->codecpar->sample_aspect_ratio = track.source->sample_aspect_ratio;
    return {};
  }
  HEVCPOOL_ASSIGN(track.converter, make_converter(*track.source, plan));
  track.sink = [this, &track](AVPacket& packet) { return write(packet, track, track.converter->time_base()); };
  return track.converter->describe(*track.target);
}

// In MP4 and MOV.
Expected<void> ClipTarget::name_sets(Track& track, const AVPacket* first) {
  AVCodecParameters& codec = *track.target->codecpar;
  if (!holds_movie_boxes() || codec.codec_id != AV_CODEC_ID_HEVC || is_attached_picture(*track.source)) return {};
  codec.codec_tag = film_tag(track.source->codecpar->codec_tag, sets_);
  HevcSets sets(codec);
  if (first && first->stream_index == track.source->index) sets.learn(*first);
  HEVCPOOL_CHECK(sets.describe(codec, sets_ == Sets::in_header));
  if (sets_ == Sets::in_header) track.sets.emplace(std::move(sets));
  else named_for_samples_ = true;
  return {};
}

Expected<void> ClipTarget::write_header() {
  AVDictionary* options = nullptr;
  if (plan_.container == Container::mkv) av_dict_set(&options, "default_mode", "passthrough", 0);
  if (holds_movie_boxes()) av_dict_set(&options, "movie_timescale", "90000", 0);  // delays are written in it
  if (plan_.container != Container::automatic && needs_free_keys(source_.format(), plan_.container))
    av_dict_set(&options, "movflags", "+use_metadata_tags", 0);
  if (is_matroska()) {
    marks_.carry_file(source_.file(), part_.begin, part_.end, false);
    HEVCPOOL_CHECK(marks_.reserve(*output_));
  }
  const int rc = avformat_write_header(output_.get(), &options);
  const DictionaryPtr unused(options);
  return rc < 0 ? Expected<void>(io_->main().failure("mux", "write header", rc)) : Expected<void>{};
}

// A timecode is the film's first picture's: another one is first now.
void ClipTarget::move_timecodes(const AVPacket& first) {
  const Track& track = tracks_.at(first.stream_index);
  const std::int64_t start = track.source->start_time;
  const bool known = start != AV_NOPTS_VALUE && first.pts != AV_NOPTS_VALUE;
  const double later = known ? static_cast<double>(first.pts - start) * av_q2d(track.source->time_base) : 0;
  write_timecodes(source_.format(), *track.source, *output_, track.target->index, later);
}

Expected<void> ClipTarget::begin(const Part& part, const AVPacket* first) {
  part_ = part;
  for (auto& [index, track] : tracks_) {
    HEVCPOOL_CHECK(name_sets(track, first));
    if (track.converter && !is_attached_picture(*track.source))
      track.converter = make_cut_track(*track.source, part, holds_movie_boxes(), std::move(track.converter));
  }
  if (first) move_timecodes(*first);
  HEVCPOOL_CHECK(copy_chapters(source_.format(), *output_, part.begin, part.end));
  HEVCPOOL_CHECK(write_header());
  return write_covers();
}

Expected<void> ClipTarget::write_covers() {
  for (auto& [index, track] : tracks_) {
    if (!is_attached_picture(*track.source)) continue;
    const PacketPtr cover(av_packet_clone(&track.source->attached_pic));
    if (!cover) return fail_av("mux", "cover", AVERROR(ENOMEM));
    cover->pts = cover->dts = ticks(part_.begin, track.source->time_base);
    cover->duration = 0;
    HEVCPOOL_CHECK(write(*cover, track, track.source->time_base));
  }
  packets_ = 0;
  return {};
}

Expected<void> ClipTarget::write(AVPacket& packet) {
  Track& track = tracks_.at(packet.stream_index);
  return write(packet, track, track.source->time_base);
}

Expected<void> ClipTarget::send(AVPacket& packet) {
  Track& track = tracks_.at(packet.stream_index);
  return is_attached_picture(*track.source) ? Expected<void>{} : track.converter->send(packet, track.sink);
}

Expected<void> ClipTarget::write(AVPacket& packet, Track& track, AVRational time_base) {
  if (track.sets) {
    HEVCPOOL_ASSIGN(const bool same, track.sets->take_out_of(packet));
    sets_differ_ |= !same;
  }
  const std::int64_t offset = ticks(part_.begin, time_base);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts -= offset;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts -= offset;
  if (is_matroska()) marks_.delay(packet, track.target->index, time_base);
  av_packet_rescale_ts(&packet, time_base, track.target->time_base);
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
  const bool strict = !(output_->oformat->flags & AVFMT_TS_NONSTRICT);
  if (packet.dts != AV_NOPTS_VALUE && track.last_dts != AV_NOPTS_VALUE)
    packet.dts = std::max(packet.dts, track.last_dts + strict);
  if (packet.pts != AV_NOPTS_VALUE && packet.pts < packet.dts) packet.pts = packet.dts;
  track.last_dts = packet.dts;
  if (packet.pts != AV_NOPTS_VALUE)
    duration_ = std::max(duration_, static_cast<double>(packet.pts + packet.duration) * av_q2d(track.target->time_base));
  packet.stream_index = track.target->index;
  packet.pos = -1;
  ++packets_;
  if (const int rc = av_interleaved_write_frame(output_.get(), &packet); rc < 0)
    return io_->main().failure("mux", "write packet", rc);
  return {};
}

Expected<void> ClipTarget::finish() {
  for (auto& [index, track] : tracks_) {
    if (track.converter && !is_attached_picture(*track.source)) HEVCPOOL_CHECK(track.converter->finish(track.sink));
  }
  if (const int rc = av_write_trailer(output_.get()); rc < 0) return io_->main().failure("mux", "write trailer", rc);
  avio_flush(output_->pb);
  if (io_->main().system_error()) return io_->main().failure("mux", "write", AVERROR(EIO));
  if (is_matroska()) HEVCPOOL_CHECK(marks_.write(request_.target, *output_));
  if (std::string_view(output_->oformat->name) == "mov") HEVCPOOL_CHECK(write_mov_languages(request_.target, *output_));
  return end_in_time();
}

// Pictures after the end are there for others only.
Expected<void> ClipTarget::end_in_time() {
  if (!holds_movie_boxes() || part_.end == INT64_MAX) return {};
  const double length = static_cast<double>(part_.end - part_.begin) / AV_TIME_BASE;
  if (duration_ <= length) return {};
  duration_ = length;
  return end_movie_at(request_.target, length);
}

std::uint64_t ClipTarget::bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(avio_size(output_->pb), 0));
}

}  // namespace hevcpool::media

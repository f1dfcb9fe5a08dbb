// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/streams.h"

#include "media/mux/container.h"
#include "media/libav/encryption.h"
#include "media/mux/labels.h"
#include "media/plan/losses.h"
#include "media/libav/stream_kind.h"
#include "media/input/stream_rate.h"
#include "media/mux/matroska_losses.h"
#include "media/containers/matroska_source.h"
#include "media/libav/tag_keys.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <span>

namespace hevcpool::media {
namespace {

using Action = StreamPlan::Action;
using Why = StreamPlan::Why;

const char* type_name(const AVStream& stream) {
  const char* name = av_get_media_type_string(stream.codecpar->codec_type);
  return name ? name : "unknown";
}

bool is_moving_picture(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_attached_picture(stream);
}

StreamPlan describe(const AVStream& stream) {
  StreamPlan plan;
  plan.index = stream.index;
  plan.type = type_name(stream);
  plan.codec = stream.codecpar->codec_id == AV_CODEC_ID_NONE ? "unknown" : avcodec_get_name(stream.codecpar->codec_id);
  plan.language = tag_value(stream.metadata, "language");
  plan.title = tag_value(stream.metadata, "title");
  return plan;
}

StreamPlan drop(StreamPlan plan, Why why, std::string reason) {
  plan.action = Action::drop;
  plan.why = why;
  plan.reason = std::move(reason);
  return plan;
}

bool in_program(const AVProgram& program, int stream) {
  const std::span members(program.stream_index, program.nb_stream_indexes);
  return std::ranges::find(members, static_cast<unsigned>(stream)) != members.end();
}

bool has_picture(const AVFormatContext& format, const AVProgram& program) {
  for (unsigned n = 0; n < program.nb_stream_indexes; ++n) {
    const AVStream& stream = *format.streams[program.stream_index[n]];
    if (is_moving_picture(stream) && stream.codecpar->width > 0) return true;
  }
  return false;
}

// Of several programmes one is converted: the one asked for, else the first with a picture.
Expected<const AVProgram*> choose_program(const AVFormatContext& format, int wanted) {
  const AVProgram* first = nullptr;
  for (unsigned n = 0; n < format.nb_programs; ++n) {
    const AVProgram& program = *format.programs[n];
    if (program.id == wanted) return &program;
    if (!first && has_picture(format, program)) first = &program;
  }
  if (wanted >= 0) return fail("inspect", "no_program", fmt::format("there is no programme {}", wanted));
  return format.nb_programs > 1 ? first : nullptr;
}

bool in_another_program(const AVFormatContext& format, const AVProgram* chosen, int stream) {
  if (!chosen || in_program(*chosen, stream)) return false;
  for (unsigned n = 0; n < format.nb_programs; ++n)
    if (in_program(*format.programs[n], stream)) return true;
  return false;
}

// One decision per stream.
class Planner {
 public:
  Planner(const Source& source, const EncodeOptions& options, AudioRequest audio, const AVProgram* program)
      : source_(source), options_(options), audio_(std::move(audio)), program_(program) {}

  StreamPlan plan(Container container, const AVStream& stream) const {
    StreamPlan plan = describe(stream);
    const MatroskaSource* matroska = source_.file().matroska();
    if (matroska != nullptr && matroska->is_webvtt(stream.index)) plan.codec = "webvtt";
    if (in_another_program(source_.format(), program_, stream.index)) return drop(plan, Why::other_program, "in another programme");
    plan.encrypted = !encryption_of(stream).empty();
    if (plan.encrypted) return drop(plan, Why::encrypted, fmt::format("encrypted ({})", encryption_of(stream)));
    if (is_moving_picture(stream)) return plan_video(std::move(plan), stream);
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && audio_.action != AudioRequest::Action::copy)
      return plan_requested_audio(std::move(plan), stream);
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE && options_.subs == "none")
      return drop(plan, Why::not_wanted, "no subtitles wanted");
    if (is_chapter_track(source_.format(), stream)) return drop(plan, Why::made_anew, "written anew from the chapters");
    if (is_timecode_track(stream)) return plan_timecode(std::move(plan), container);
    return plan_other(std::move(plan), container, stream);
  }

  bool mp4_is_enough(const AVStream& stream) const {
    const StreamPlan mp4 = plan(Container::mp4, stream);
    if (mp4.action == Action::drop && !is_loss(mp4)) return true;
    if (mp4.action != Action::encode) return mp4_is_enough_for(stream);
    if (mp4.type == "video") return picture_descriptions_lost(Container::mp4, stream).empty();
    const ChannelLayout layout = layout_planned(mp4, stream, audio_);
    return audio_.codec != AV_CODEC_ID_VORBIS && holds_sound(Container::mp4, audio_.codec) &&
           layout_taken_for(Container::mp4, audio_.codec, layout.get()).empty();
  }

  // Dropped because of the container or the source, not on request and not because it is made anew.
  static bool is_loss(const StreamPlan& plan) {
    return plan.action == Action::drop && plan.why != Why::not_wanted && plan.why != Why::made_anew;
  }

 private:
  static StreamPlan plan_video(StreamPlan plan, const AVStream& stream) {
    if (!avcodec_find_decoder(stream.codecpar->codec_id)) return drop(std::move(plan), Why::undecodable, "no decoder");
    plan.action = Action::encode;
    plan.target_codec = "hevc";
    return plan;
  }

  StreamPlan plan_requested_audio(StreamPlan plan, const AVStream& stream) const {
    if (audio_.action == AudioRequest::Action::none) return drop(std::move(plan), Why::not_wanted, "no sound wanted");
    if (stream.codecpar->codec_id == AV_CODEC_ID_NONE) return drop(std::move(plan), Why::unknown_codec, "unknown codec");
    plan.action = Action::encode;
    plan.target_codec = avcodec_get_name(audio_.codec);
    const ChannelLayout before = stated_layout(stream.codecpar->ch_layout);
    const ChannelLayout after = layout_planned(plan, stream, audio_);
    if (!same_channels(before.get(), after.get()))
      plan.reason = fmt::format("{} channels become {}: {} has no such layout", before.name(), after.name(),
                                plan.target_codec);
    return plan;
  }

  static StreamPlan plan_timecode(StreamPlan plan, Container container) {
    if (container == Container::mkv) return drop(std::move(plan), Why::no_place, "kept as the timecode tag only");
    return drop(std::move(plan), Why::made_anew, "written anew from the timecode");
  }

  static StreamPlan plan_other(StreamPlan plan, Container container, const AVStream& stream) {
    Holding holding = how_to_hold(container, stream);
    if (holding.form == Holding::Form::none) return drop(std::move(plan), Why::no_place, std::move(holding.reason));
    plan.target_codec = avcodec_get_name(holding.codec);
    plan.action = holding.form == Holding::Form::copy ? Action::copy : Action::convert;
    if (plan.action == Action::convert)
      plan.reason = fmt::format("{} to {}: {} cannot hold it as it is", plan.codec, plan.target_codec,
                                container_title(container));
    return plan;
  }

  const Source& source_;
  const EncodeOptions& options_;
  AudioRequest audio_;
  const AVProgram* program_;
};

Container choose_container(const Source& source, const EncodeOptions& options, const Planner& planner) {
  if (options.container != Container::automatic) return options.container;
  for (int n = 0; n < source.streams(); ++n) {
    const AVStream& stream = source.stream(n);
    if (planner.plan(Container::mkv, stream).action != Action::drop && !labels_lost_in_mp4(stream).empty())
      return Container::mkv;
    if (!planner.mp4_is_enough(stream)) return Container::mkv;
    const bool kept_in_mkv = planner.plan(Container::mkv, stream).action != Action::drop;
    if (kept_in_mkv && !stream_descriptions_lost(source.file(), Container::mp4, n, false).empty()) return Container::mkv;
  }
  if (!file_descriptions_lost(source.file(), Container::mp4).empty()) return Container::mkv;
  const AVFormatContext& format = source.format();
  const bool all = !tags_ask_for_mkv(format) && !mp4_would_choose_a_default(format);
  return all ? Container::mp4 : Container::mkv;
}

int bit_depth(const AVCodecParameters& codec) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(codec.format));
  return format ? format->comp[0].depth : 8;
}

double estimate_frames(const AVStream& stream, const Inspection& inspection) {
  if (stream.nb_frames > 0) return static_cast<double>(stream.nb_frames);
  const double own = stream.duration > 0 ? static_cast<double>(stream.duration) * av_q2d(stream.time_base) : 0;
  return std::round((own > 0 ? own : inspection.duration) * inspection.frame_rate);
}

void describe_video(Inspection& inspection, const Source& source, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  inspection.has_video = true;
  inspection.video_codec = avcodec_get_name(codec.codec_id);
  inspection.width = codec.width;
  inspection.height = codec.height;
  inspection.bit_depth = bit_depth(codec);
  const AVRational average = plausible_rate(stream.avg_frame_rate, stream.time_base);
  const AVRational rate = average.num > 0 ? average : rate_of(source.format(), const_cast<AVStream&>(stream)).nominal;
  inspection.frame_rate = rate.num > 0 ? av_q2d(rate) : 0;
  inspection.frames = estimate_frames(stream, inspection);
}

// Said rather than that there is no picture.
Expected<void> refuse_encrypted_pictures(const AVFormatContext& format) {
  for (unsigned n = 0; n < format.nb_streams; ++n)
    if (is_moving_picture(*format.streams[n])) HEVCPOOL_CHECK(require_clear(*format.streams[n]));
  return {};
}

void describe_file(Inspection& inspection, const Source& source) {
  inspection.format = source.format().iformat->name;
  inspection.duration = source.duration();
  inspection.start = static_cast<double>(source.start_time()) / AV_TIME_BASE;
  const std::int64_t size = avio_size(source.format().pb);
  inspection.bytes = size > 0 ? static_cast<std::uint64_t>(size) : 0;
}

std::vector<Warning> all_losses(const Inspection& inspection, const Source& source, const AudioRequest& audio) {
  std::vector<Warning> losses;
  for (const StreamPlan& plan : inspection.streams)
    if (Planner::is_loss(plan))
      losses.push_back(
          {"dropped", fmt::format("{} stream {} ({}): {}", plan.type, plan.index, plan.codec, plan.reason)});
  std::ranges::move(find_losses(inspection, source, audio), std::back_inserter(losses));
  return losses;
}

Expected<void> note_losses(const std::vector<Warning>& losses, bool strict, Diagnostics& notes) {
  if (strict && !losses.empty()) return fail("inspect", losses.front().code, losses.front().message);
  for (const Warning& loss : losses) notes.warn(loss.code, loss.message);
  return {};
}

// What was asked for by name is not replaced by something else.
Expected<void> require_sound_fits(const Inspection& inspection, const AudioRequest& audio) {
  for (const StreamPlan& plan : inspection.streams)
    if (plan.type == "audio" && plan.action == Action::encode && !holds_sound(inspection.container, audio.codec))
      return fail("inspect", "audio", fmt::format("audio stream {}: {} cannot hold {}, which is asked for", plan.index,
                                                  container_title(inspection.container), plan.target_codec));
  return {};
}

void note_conversions(const Inspection& inspection, Diagnostics& notes) {
  for (const StreamPlan& plan : inspection.streams) {
    if (plan.action == Action::drop) continue;
    if (plan.action == Action::convert || !plan.reason.empty())
      notes.warn("converted", fmt::format("{} stream {}: {}", plan.type, plan.index, plan.reason));
  }
}

}  // namespace

Expected<Inspection> plan_streams(const Source& source, const EncodeOptions& options, Diagnostics& notes) {
  HEVCPOOL_ASSIGN(const AudioRequest audio, parse_audio_request(options.audio));
  HEVCPOOL_ASSIGN(const AVProgram* program, choose_program(source.format(), options.program));
  const Planner planner(source, options, audio, program);
  Inspection inspection;
  describe_file(inspection, source);
  inspection.container = choose_container(source, options, planner);
  inspection.is_hevc = true;
  for (int n = 0; n < source.streams(); ++n) {
    const AVStream& stream = source.stream(n);
    inspection.streams.push_back(planner.plan(inspection.container, stream));
    if (!is_moving_picture(stream) || inspection.streams.back().action != Action::encode) continue;
    if (!inspection.has_video) describe_video(inspection, source, stream);
    if (stream.codecpar->codec_id != AV_CODEC_ID_HEVC) inspection.is_hevc = false;
  }
  if (!inspection.has_video) HEVCPOOL_CHECK(refuse_encrypted_pictures(source.format()));
  inspection.is_hevc &= inspection.has_video;
  HEVCPOOL_CHECK(require_sound_fits(inspection, audio));
  HEVCPOOL_CHECK(note_losses(all_losses(inspection, source, audio), options.strict, notes));
  note_conversions(inspection, notes);
  return inspection;
}

}  // namespace hevcpool::media

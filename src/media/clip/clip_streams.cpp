// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip_streams.h"

#include "media/libav/compat.h"
#include "media/mux/container.h"
#include "media/libav/encryption.h"
#include "media/plan/losses.h"
#include "media/libav/stream_kind.h"
#include "media/plan/streams.h"
#include "media/plan/rotate_to_display.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hevcpool::media {
namespace {

using Action = StreamPlan::Action;

// Of sound alone, whatever their muxers could hold besides.
bool is_for_sound(std::string_view name) {
  constexpr std::array<std::string_view, 11> kExtensions = {".m4a", ".m4b", ".mka",  ".mp3", ".aac", ".ac3",
                                                            ".oga", ".ogg", ".opus", ".wav", ".flac"};
  return std::ranges::any_of(kExtensions, [&](std::string_view extension) { return name.ends_with(extension); });
}

bool is_moving(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_attached_picture(stream);
}

bool muxer_takes(const AVOutputFormat& muxer, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  if (codec.codec_id == AV_CODEC_ID_NONE) return false;
  const bool media = codec.codec_type == AVMEDIA_TYPE_VIDEO || codec.codec_type == AVMEDIA_TYPE_AUDIO ||
                     codec.codec_type == AVMEDIA_TYPE_SUBTITLE;
  return media && avformat_query_codec(&muxer, codec.codec_id, FF_COMPLIANCE_EXPERIMENTAL) != 0;
}

StreamPlan plan_by_muxer(const AVOutputFormat& muxer, const AVStream& stream) {
  StreamPlan plan;
  plan.index = stream.index;
  const char* type = av_get_media_type_string(stream.codecpar->codec_type);
  plan.type = type ? type : "unknown";
  plan.codec = avcodec_get_name(stream.codecpar->codec_id);
  plan.target_codec = plan.codec;
  plan.encrypted = !encryption_of(stream).empty();
  if (!plan.encrypted && muxer_takes(muxer, stream)) return plan;
  plan.action = Action::drop;
  plan.why = plan.encrypted ? StreamPlan::Why::encrypted : StreamPlan::Why::no_place;
  plan.reason = plan.encrypted ? fmt::format("encrypted ({})", encryption_of(stream)) : "the container cannot hold it";
  return plan;
}

class Planner {
 public:
  Planner(const ClipRequest& request, Source& source, Diagnostics& notes)
      : request_(request), source_(source), notes_(notes) {}
  Expected<ClipPlan> plan();

 private:
  Expected<void> plan_as_conversion();
  Expected<void> plan_as_muxer();
  Expected<void> choose_film();
  Expected<void> lose(std::string_view code, std::string message);
  Expected<void> look_at_turn(const AVStream& stream);

  const ClipRequest& request_;
  Source& source_;
  Diagnostics& notes_;
  ClipPlan plan_;
};

Expected<void> Planner::lose(std::string_view code, std::string message) {
  if (request_.options.options.strict) return fail("inspect", std::string(code), std::move(message));
  notes_.warn(code, std::move(message));
  return {};
}

// What a conversion would do, but for the moving pictures.
Expected<void> Planner::plan_as_conversion() {
  EncodeOptions options = request_.options.options;
  options.container = plan_.container;
  if (is_for_sound(request_.output_name)) options.strict = false;
  HEVCPOOL_ASSIGN(Inspection inspection, plan_streams(source_, options, notes_));
  plan_.streams = std::move(inspection.streams);
  for (StreamPlan& each : plan_.streams) {
    const AVStream& stream = source_.stream(each.index);
    if (each.action != Action::encode || !is_moving(stream)) continue;
    each = plan_by_muxer(*plan_.muxer, stream);
    if (each.action == Action::drop)
      HEVCPOOL_CHECK(lose("dropped", fmt::format("video stream {} ({}): {} cannot hold it", each.index, each.codec,
                                                 container_title(plan_.container))));
  }
  return {};
}

Expected<void> Planner::plan_as_muxer() {
  for (int n = 0; n < source_.streams(); ++n) {
    const AVStream& stream = source_.stream(n);
    plan_.streams.push_back(plan_by_muxer(*plan_.muxer, stream));
    const StreamPlan& each = plan_.streams.back();
    const bool again = is_chapter_track(source_.format(), stream) || is_timecode_track(stream);
    if (each.action == Action::drop && !again)
      HEVCPOOL_CHECK(lose("dropped", fmt::format("stream {} ({}): {}", n, each.codec, each.reason)));
  }
  return {};
}

// A picture that is copied cannot be turned.
Expected<void> Planner::look_at_turn(const AVStream& stream) {
  if (has_edit_lists(*plan_.muxer) || upright_filters(stream).empty()) return {};
  return lose("labels", fmt::format("video stream {}: {} has no place for its rotation, and the clip lies on its side; "
                                    "an exact clip is upright", stream.index, plan_.muxer->name));
}

Expected<void> Planner::choose_film() {
  const AVStream* film = find_film(source_.file());
  if (!film || is_for_sound(request_.output_name)) return {};
  const auto is_held = [&](const StreamPlan& each) {
    return each.action == Action::copy && is_moving(source_.stream(each.index));
  };
  const StreamPlan* chosen = &plan_.streams[static_cast<std::size_t>(film->index)];
  if (!is_held(*chosen)) {
    const auto other = std::ranges::find_if(plan_.streams, is_held);
    if (other == plan_.streams.end())
      return fail("mux", "no_picture", film->codecpar->codec_id == AV_CODEC_ID_NONE
                                           ? std::string("the codec of the video is not known")
                                           : fmt::format("{} cannot hold {}", plan_.muxer->name, chosen->codec));
    chosen = &*other;
  }
  plan_.film = chosen->index;
  return look_at_turn(source_.stream(plan_.film));
}

Expected<ClipPlan> Planner::plan() {
  plan_.muxer = av_guess_format(nullptr, request_.output_name.c_str(), nullptr);
  if (!plan_.muxer)
    return fail("mux", "no_muxer", "no container is known by the extension of " + request_.output_name);
  // libav's variant for players of old takes few codecs.
  if (std::string_view(plan_.muxer->name) == "ipod") plan_.muxer = av_guess_format("mp4", nullptr, nullptr);
  const auto container = clip_container(*plan_.muxer);
  plan_.container = container.value_or(Container::automatic);
  HEVCPOOL_CHECK(container ? plan_as_conversion() : plan_as_muxer());
  HEVCPOOL_CHECK(choose_film());
  if (std::ranges::all_of(plan_.streams, [](const StreamPlan& each) { return each.action == Action::drop; }))
    return fail("mux", "no_stream", "the container can hold no stream of the source");
  return std::move(plan_);
}

}  // namespace

std::optional<Container> clip_container(const AVOutputFormat& muxer) {
  const std::string_view name = muxer.name;
  if (name == "mp4") return Container::mp4;
  if (name == "mov") return Container::mov;
  if (name == "matroska") return Container::mkv;
  return std::nullopt;
}

const AVStream* find_film(const InputFile& file) {
  const auto found = file.video();
  return found && !is_attached_picture(**found) ? *found : nullptr;
}

Expected<ClipPlan> plan_clip(const ClipRequest& request, Source& source, Diagnostics& notes) {
  return Planner(request, source, notes).plan();
}

}  // namespace hevcpool::media

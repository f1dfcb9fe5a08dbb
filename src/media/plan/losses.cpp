// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/losses.h"

#include "media/libav/compat.h"
#include "media/mux/container.h"
#include "media/input/effective_picture.h"
#include "media/hevc/further_views.h"
#include "media/containers/mp4_boxes.h"
#include "media/mux/labels.h"
#include "media/libav/tag_keys.h"
#include "media/video/timecode.h"
#include "media/mux/matroska_losses.h"
#include "media/plan/rotate_to_display.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
}

#include <cmath>
#include <optional>
#include <string_view>

namespace hevcpool::media {
namespace {

using Action = StreamPlan::Action;

const void* find_side_data(const AVStream& stream, AVPacketSideDataType type, std::size_t size) {
  for (const AVPacketSideData& data : stream_side_data(stream))
    if (data.type == type && data.size >= size) return data.data;
  return nullptr;
}

// MP4 says so much as libav writes it, and nothing of a reversed order; MOV nothing at all.
bool holds_stereo(Container container, const AVStereo3D& stereo) {
  if (container == Container::mkv || stereo.type == AV_STEREO3D_2D) return true;
  const bool known = stereo.type == AV_STEREO3D_SIDEBYSIDE || stereo.type == AV_STEREO3D_TOPBOTTOM;
  return container == Container::mp4 && known && stereo.flags == 0;
}

std::string stereo_lost(Container container, const AVStream& stream) {
  if (const void* data = find_side_data(stream, AV_PKT_DATA_STEREO3D, sizeof(AVStereo3D))) {
    const auto& stereo = *static_cast<const AVStereo3D*>(data);
    return holds_stereo(container, stereo) ? "" : fmt::format("its 3D layout ({})", av_stereo3d_type_name(stereo.type));
  }
  const AVDictionaryEntry* mode = av_dict_get(stream.metadata, "stereo_mode", nullptr, 0);  // of Matroska
  if (container == Container::mkv || !mode || std::string_view(mode->value) == "mono") return "";
  return fmt::format("its 3D layout ({})", mode->value);
}

std::string projection_lost(Container container, const AVStream& stream) {
  const void* data = find_side_data(stream, AV_PKT_DATA_SPHERICAL, sizeof(AVSphericalMapping));
  if (container != Container::mov || !data) return "";
  return fmt::format("its projection ({})",
                     av_spherical_projection_name(static_cast<const AVSphericalMapping*>(data)->projection));
}

std::string rotation_lost(Container container, const AVStream& stream) {
  constexpr std::size_t kSize = 9 * sizeof(std::int32_t);
  const auto* matrix = static_cast<const std::int32_t*>(find_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, kSize));
  if (container != Container::mkv || !matrix || !upright_filters(stream).empty()) return "";
  const bool upright = matrix[1] == 0 && matrix[3] == 0;
  const double angle = av_display_rotation_get(matrix);
  if (upright || std::isnan(angle)) return upright ? "" : "its display matrix";
  return fmt::format("its rotation by {:.0f} degrees", std::abs(angle));
}

Warning loss_of_stream(std::string_view code, const StreamPlan& plan, std::string what) {
  return {std::string(code), fmt::format("{} stream {}: {}", plan.type, plan.index, what)};
}

class Finder {
 public:
  Finder(const Inspection& inspection, const Source& source, const AudioRequest& request)
      : container_(inspection.container), source_(source), request_(request) {}

  void look_at(const StreamPlan& plan) {
    const AVStream& stream = source_.stream(plan.index);
    if (container_ != Container::mkv) look_at_labels(plan, stream);
    if (plan.type == "video" && plan.action == Action::encode) look_at_pictures(plan, stream);
    if (plan.type == "video" && plan.action == Action::copy && container_ != Container::mkv &&
        announces_further_view(*stream.codecpar))
      add("further_view", plan, "its second layer of pictures (another eye's view, 3D) stays, but is not announced (lhvC)");
    if (plan.type == "video" && plan.action == Action::encode && container_ != Container::mkv)
      look_at_timecode(plan, stream);
    if (plan.type == "audio") look_at_layout(plan, stream);
    if (plan.type == "audio" && plan.action != Action::copy) look_at_samples(plan, stream);
    const bool encoded = plan.type == "video" && plan.action == Action::encode;
    for (const std::string& what : stream_descriptions_lost(source_.file(), container_, plan.index, encoded))
      add("labels", plan, fmt::format("{} has no place for {}", container_title(container_), what));
  }

  // A timecode of the picture, which MP4 and MOV keep in a track of its rate.
  void look_at_timecode(const StreamPlan& plan, const AVStream& stream) {
    const auto timecode = find_timecode(source_.format(), stream);
    if (!timecode) return;
    if (!parse_timecode(timecode->text, timecode->count.fps) || !muxer_counts(timecode->count))
      add("timecode", plan, fmt::format("{} cannot hold its timecode {} at {:.3f} pictures per second",
                                        container_title(container_), timecode->text, av_q2d(timecode->count.rate)));
  }

  void look_at_tags() {
    for (const std::string& key : tags_lost_in(container_, source_.format()))
      found_.push_back({"labels", fmt::format("{} has no place for the tag {}", container_title(container_), key)});
    for (const std::string& what : file_descriptions_lost(source_.file(), container_))
      found_.push_back({"labels", fmt::format("{} has no place for {}", container_title(container_), what)});
  }

  std::vector<Warning> take() { return std::move(found_); }

 private:
  void add(std::string_view code, const StreamPlan& plan, std::string what) {
    found_.push_back(loss_of_stream(code, plan, std::move(what)));
  }

  void look_at_pictures(const StreamPlan& plan, const AVStream& stream) {
    for (const std::string& what : picture_descriptions_lost(container_, stream))
      add("labels", plan, fmt::format("{} has no place for {}", container_title(container_), what));
    for (const std::string& what : conflicts_with_container(source_.format(), stream)) add("conflict", plan, what);
    if (announces_further_view(*stream.codecpar)) add("further_view", plan, kFurtherViewLost);
    const auto track = mp4_track(stream);
    if (track && !track->clean_aperture.empty())
      add("labels", plan, fmt::format("{} as it is written has no place for its clean aperture of {}: the whole picture is shown",
                                      container_title(container_), track->clean_aperture));
    if (track && track->describes_eyes)
      add("labels", plan, fmt::format("{} as it is written has no place for its 3D layout (vexu)", container_title(container_)));
  }

  std::optional<Mp4Track> mp4_track(const AVStream& stream) const {
    if (!std::string_view(source_.format().iformat->name).starts_with("mov,")) return std::nullopt;
    for (Mp4Track& track : read_mp4_tracks(source_.file().io().fd()))
      if (track.id == static_cast<std::uint32_t>(stream.id)) return std::move(track);
    return std::nullopt;
  }

  void look_at_labels(const StreamPlan& plan, const AVStream& stream) {
    if (const std::string lost = labels_lost_in_mp4(stream); !lost.empty())
      add("labels", plan, fmt::format("{} has no place for its labels: {}", container_title(container_), lost));
    const std::string time = tag_value(stream.metadata, "creation_time");
    if (!time.empty() && time != tag_value(source_.format().metadata, "creation_time"))
      add("labels", plan,
          fmt::format("{} is written with one creation time for all streams, and this one has its own: {}",
                      container_title(container_), time));
  }

  void look_at_samples(const StreamPlan& plan, const AVStream& stream) {
    const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(plan.target_codec.c_str());
    const std::string lost = known ? samples_lost(*stream.codecpar, known->id) : "";
    if (!lost.empty()) add("samples", plan, fmt::format("as {}, {}", plan.target_codec, lost));
  }

  void look_at_layout(const StreamPlan& plan, const AVStream& stream) {
    const std::string& codec = plan.target_codec.empty() ? plan.codec : plan.target_codec;
    const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(codec.c_str());
    const ChannelLayout layout = layout_planned(plan, stream, request_);
    const std::string taken = layout_taken_for(container_, known ? known->id : AV_CODEC_ID_NONE, layout.get());
    if (!taken.empty())
      add("channels", plan,
          fmt::format("{} in {} does not say that its channels are {}: players take them for {}", codec,
                      container_title(container_), layout.name(), taken));
  }

  Container container_;
  const Source& source_;
  const AudioRequest& request_;
  std::vector<Warning> found_;
};

}  // namespace

std::vector<std::string> picture_descriptions_lost(Container container, const AVStream& stream) {
  std::vector<std::string> lost;
  for (auto* find : {stereo_lost, projection_lost, rotation_lost})
    if (std::string what = find(container, stream); !what.empty()) lost.push_back(std::move(what));
  return lost;
}

ChannelLayout layout_planned(const StreamPlan& plan, const AVStream& stream, const AudioRequest& request) {
  const AVChannelLayout& layout = stream.codecpar->ch_layout;
  if (plan.action != Action::encode && plan.action != Action::convert) return ChannelLayout(layout);
  const std::string name =
      plan.action == Action::encode ? request.encoder : audio_request_for(plan.target_codec).encoder;
  const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
  return encoder && layout.nb_channels > 0 ? layout_for(*encoder, layout) : ChannelLayout(layout);
}

std::vector<Warning> find_losses(const Inspection& inspection, const Source& source, const AudioRequest& request) {
  Finder finder(inspection, source, request);
  for (const StreamPlan& plan : inspection.streams)
    if (plan.action != Action::drop) finder.look_at(plan);
  finder.look_at_tags();
  return finder.take();
}

}  // namespace hevcpool::media

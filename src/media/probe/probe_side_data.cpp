// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/compat.h"
#include "media/probe/probe_fields.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
}

#include <cmath>
#include <cstring>

namespace hevcpool::media {
namespace {

// The payload as its libav type; null when it is too short to be one.
template <class T>
const T* payload(const AVPacketSideData& data) {
  return data.size >= sizeof(T) ? reinterpret_cast<const T*>(data.data) : nullptr;
}

void put_matrix(Document& out, const AVPacketSideData& data) {
  if (data.size < 9 * sizeof(std::int32_t)) return;
  std::int32_t matrix[9];
  std::memcpy(matrix, data.data, sizeof matrix);
  std::string text = "\n";
  for (unsigned row = 0; row < 3; ++row)
    text += fmt::format("{:08x}:  {:11d} {:11d} {:11d}\n", row, matrix[row * 3], matrix[row * 3 + 1],
                        matrix[row * 3 + 2]);
  double rotation = av_display_rotation_get(matrix);
  if (std::isnan(rotation)) rotation = 0;
  out["displaymatrix"] = text;
  out["rotation"] = static_cast<std::int64_t>(rotation);
}

void put_stereo(Document& out, const AVPacketSideData& data) {
  const auto* stereo = payload<AVStereo3D>(data);
  if (!stereo) return;
  out["type"] = av_stereo3d_type_name(stereo->type);
  out["inverted"] = stereo->flags & AV_STEREO3D_FLAG_INVERT ? 1 : 0;
}

void put_tile_bounds(Document& out, const AVSphericalMapping& mapping, const AVCodecParameters& parameters) {
  std::size_t left = 0, top = 0, right = 0, bottom = 0;
  av_spherical_tile_bounds(&mapping, static_cast<std::size_t>(parameters.width),
                           static_cast<std::size_t>(parameters.height), &left, &top, &right, &bottom);
  out["bound_left"] = left;
  out["bound_top"] = top;
  out["bound_right"] = right;
  out["bound_bottom"] = bottom;
}

void put_spherical(Document& out, const AVPacketSideData& data, const AVCodecParameters& parameters) {
  const auto* mapping = payload<AVSphericalMapping>(data);
  if (!mapping) return;
  out["projection"] = av_spherical_projection_name(mapping->projection);
  if (mapping->projection == AV_SPHERICAL_CUBEMAP) out["padding"] = mapping->padding;
  if (mapping->projection == AV_SPHERICAL_EQUIRECTANGULAR_TILE) put_tile_bounds(out, *mapping, parameters);
  out["yaw"] = mapping->yaw / (1 << 16);
  out["pitch"] = mapping->pitch / (1 << 16);
  out["roll"] = mapping->roll / (1 << 16);
}

void put_mastering(Document& out, const AVPacketSideData& data) {
  const auto* metadata = payload<AVMasteringDisplayMetadata>(data);
  if (!metadata) return;
  static constexpr const char* kColours[3] = {"red", "green", "blue"};
  for (int i = 0; metadata->has_primaries && i < 3; ++i) {
    out[std::string(kColours[i]) + "_x"] = probe_ratio(metadata->display_primaries[i][0], '/');
    out[std::string(kColours[i]) + "_y"] = probe_ratio(metadata->display_primaries[i][1], '/');
  }
  if (metadata->has_primaries) {
    out["white_point_x"] = probe_ratio(metadata->white_point[0], '/');
    out["white_point_y"] = probe_ratio(metadata->white_point[1], '/');
  }
  if (metadata->has_luminance) {
    out["min_luminance"] = probe_ratio(metadata->min_luminance, '/');
    out["max_luminance"] = probe_ratio(metadata->max_luminance, '/');
  }
}

void put_light_level(Document& out, const AVPacketSideData& data) {
  const auto* level = payload<AVContentLightMetadata>(data);
  if (!level) return;
  out["max_content"] = level->MaxCLL;
  out["max_average"] = level->MaxFALL;
}

void put_dolby_vision(Document& out, const AVPacketSideData& data) {
  const auto* record = payload<AVDOVIDecoderConfigurationRecord>(data);
  if (!record) return;
  out["dv_version_major"] = record->dv_version_major;
  out["dv_version_minor"] = record->dv_version_minor;
  out["dv_profile"] = record->dv_profile;
  out["dv_level"] = record->dv_level;
  out["rpu_present_flag"] = record->rpu_present_flag;
  out["el_present_flag"] = record->el_present_flag;
  out["bl_present_flag"] = record->bl_present_flag;
  out["dv_bl_signal_compatibility_id"] = record->dv_bl_signal_compatibility_id;
  if (const char* compression = dolby_vision_compression(*record)) out["dv_md_compression"] = compression;
}

void put_buffer_properties(Document& out, const AVPacketSideData& data) {
  const auto* properties = payload<AVCPBProperties>(data);
  if (!properties) return;
  out["max_bitrate"] = properties->max_bitrate;
  out["min_bitrate"] = properties->min_bitrate;
  out["avg_bitrate"] = properties->avg_bitrate;
  out["buffer_size"] = properties->buffer_size;
  out["vbv_delay"] = static_cast<std::int64_t>(properties->vbv_delay);
}

void put_skip_samples(Document& out, const AVPacketSideData& data) {
  if (data.size != 10) return;
  out["skip_samples"] = AV_RL32(data.data);
  out["discard_padding"] = AV_RL32(data.data + 4);
  out["skip_reason"] = AV_RL8(data.data + 8);
  out["discard_reason"] = AV_RL8(data.data + 9);
}

void put_small_values(Document& out, const AVPacketSideData& data) {
  if (data.type == AV_PKT_DATA_AUDIO_SERVICE_TYPE && data.size >= sizeof(int))
    out["service_type"] = static_cast<int>(AV_RN32(data.data));
  if (data.type == AV_PKT_DATA_MPEGTS_STREAM_ID && data.size > 0) out["id"] = *data.data;
  if (data.type == AV_PKT_DATA_AFD && data.size > 0) out["active_format"] = *data.data;
}

Document probe_one(const AVPacketSideData& data, const AVCodecParameters& parameters) {
  Document out = Document::object();
  const char* name = av_packet_side_data_name(data.type);
  out["side_data_type"] = name ? name : "unknown";
  switch (data.type) {
    case AV_PKT_DATA_DISPLAYMATRIX: put_matrix(out, data); break;
    case AV_PKT_DATA_STEREO3D: put_stereo(out, data); break;
    case AV_PKT_DATA_SPHERICAL: put_spherical(out, data, parameters); break;
    case AV_PKT_DATA_MASTERING_DISPLAY_METADATA: put_mastering(out, data); break;
    case AV_PKT_DATA_CONTENT_LIGHT_LEVEL: put_light_level(out, data); break;
    case AV_PKT_DATA_DOVI_CONF: put_dolby_vision(out, data); break;
    case AV_PKT_DATA_CPB_PROPERTIES: put_buffer_properties(out, data); break;
    case AV_PKT_DATA_SKIP_SAMPLES: put_skip_samples(out, data); break;
    default: put_small_values(out, data); break;
  }
  return out;
}

}  // namespace

Document probe_side_data(const AVStream& stream) {
  Document list = Document::array();
  for (const AVPacketSideData& data : stream_side_data(stream)) list.push_back(probe_one(data, *stream.codecpar));
  return list;
}

}  // namespace hevcpool::media

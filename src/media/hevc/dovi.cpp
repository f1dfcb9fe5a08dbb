// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/dovi.h"

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

constexpr int kUnknownProfile = 0, kBothLayers = 7, kBaseWithMetadata = 8, kOwnColours = 5;

// From what the first RPU says of itself, where the container says nothing.
int guess_profile(const AVFrame& frame) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DOVI_METADATA);
  if (data == nullptr || data->size < sizeof(AVDOVIMetadata)) return kUnknownProfile;
  const AVDOVIRpuDataHeader* header = av_dovi_get_header(reinterpret_cast<const AVDOVIMetadata*>(data->data));
  if (header->vdr_rpu_profile == 0)
    return header->bl_video_full_range_flag != 0 ? kOwnColours : kUnknownProfile;
  const bool residual = header->el_spatial_resampling_filter_flag != 0 && header->disable_residual_flag == 0;
  return residual ? kBothLayers : kBaseWithMetadata;
}

// dv_bl_signal_compatibility_id: how the base layer looks without Dolby Vision.
std::uint8_t compatibility(const AVFrame& frame, int profile) {
  if (profile == kOwnColours) return 0;
  switch (frame.color_trc) {
    case AVCOL_TRC_SMPTE2084:
      return 1;
    case AVCOL_TRC_ARIB_STD_B67:
      return 4;
    default:
      return 2;
  }
}

Bytes bytes_of(const AVDOVIDecoderConfigurationRecord& record) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(&record);
  return {data, data + sizeof record};
}

Bytes make_record(const AVFrame& frame, AVRational frame_rate, int profile) {
  AVDOVIDecoderConfigurationRecord record{};
  record.dv_version_major = 1;
  record.dv_profile = static_cast<std::uint8_t>(profile);
  record.dv_level = static_cast<std::uint8_t>(dolby_vision_level(frame.width, frame.height, frame_rate));
  record.rpu_present_flag = 1;
  record.bl_present_flag = 1;
  record.dv_bl_signal_compatibility_id = compatibility(frame, profile);
  return bytes_of(record);
}

}  // namespace

int dolby_vision_level(int width, int height, AVRational frame_rate) {
  constexpr std::array<double, 13> kPixelsPerSecond{
      1280.0 * 720 * 24,  1280.0 * 720 * 30,  1920.0 * 1080 * 24, 1920.0 * 1080 * 30, 1920.0 * 1080 * 60,
      3840.0 * 2160 * 24, 3840.0 * 2160 * 30, 3840.0 * 2160 * 48, 3840.0 * 2160 * 60, 3840.0 * 2160 * 120,
      7680.0 * 4320 * 30, 7680.0 * 4320 * 60, 7680.0 * 4320 * 120};
  const double rate = frame_rate.num > 0 ? av_q2d(frame_rate) : 30;
  const double pixels = static_cast<double>(width) * height * rate;
  const auto* level = std::lower_bound(kPixelsPerSecond.begin(), kPixelsPerSecond.end(), pixels);
  return std::min(static_cast<int>(level - kPixelsPerSecond.begin()) + 1, 13);
}

DolbyVision settle_dolby_vision(const AVDOVIDecoderConfigurationRecord* record, const AVFrame& first,
                                AVRational frame_rate, Diagnostics& notes) {
  const bool has_rpu = av_frame_get_side_data(&first, AV_FRAME_DATA_DOVI_RPU_BUFFER) != nullptr;
  if (!has_rpu && record == nullptr)
    return {.keep = true, .record = {}};  // whatever comes later, comes along
  if (!has_rpu) {
    notes.dropped("Dolby Vision: the container claims it, but the first frame carries no metadata");
    return {};
  }
  const int profile = record != nullptr ? record->dv_profile : guess_profile(first);
  if ((record != nullptr && record->el_present_flag != 0) || profile == kBothLayers) {
    notes.dropped(fmt::format(
        "Dolby Vision profile {}: its second layer cannot be encoded; the HDR10 base is kept", profile));
    return {};
  }
  if (record != nullptr) return {.keep = true, .record = bytes_of(*record)};
  if (profile == kUnknownProfile) return {.keep = true, .record = {}};
  return {.keep = true, .record = make_record(first, frame_rate, profile)};
}

}  // namespace hevcpool::media

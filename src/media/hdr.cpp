// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hdr.h"

#include "media/bits.h"
#include "media/compat.h"
#include "media/dovi.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace hevcpool::media {
namespace {

struct Kind {
  AVPacketSideDataType stream;
  AVFrameSideDataType frame;
};
constexpr std::array<Kind, 6> kKinds{{
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL},
    {AV_PKT_DATA_DISPLAYMATRIX, AV_FRAME_DATA_DISPLAYMATRIX},
    {AV_PKT_DATA_STEREO3D, AV_FRAME_DATA_STEREO3D},
    {AV_PKT_DATA_SPHERICAL, AV_FRAME_DATA_SPHERICAL},
    {AV_PKT_DATA_ICC_PROFILE, AV_FRAME_DATA_ICC_PROFILE},
}};

const AVPacketSideData* find_in(std::span<const AVPacketSideData> list, AVPacketSideDataType type) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& data) { return data.type == type; });
  return found == list.end() ? nullptr : &*found;
}

std::uint32_t in_units(AVRational value, std::int64_t scale, std::int64_t most) {
  if (value.den == 0) return 0;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(av_rescale(value.num, scale, value.den), 0, most));
}

}  // namespace

void StreamMetadata::add(AVPacketSideDataType type, std::span<const std::uint8_t> data) {
  if (!data.empty()) items_.push_back({type, Bytes(data.begin(), data.end())});
}

const Bytes* StreamMetadata::find(AVPacketSideDataType type) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.type == type; });
  return found == items_.end() ? nullptr : &found->data;
}

StreamMetadata StreamMetadata::of(const AVStream& stream, const AVFrame& first, AVRational frame_rate,
                                  Notes& notes) {
  StreamMetadata metadata;
  const auto stated = stream_side_data(stream);
  for (const Kind& kind : kKinds) {
    // HDR values change with the content, and the picture's own are nearest to it; the container decides the
    // rest.
    const AVFrameSideData* frame = av_frame_get_side_data(&first, kind.frame);
    const AVPacketSideData* whole = find_in(stated, kind.stream);
    if (whole != nullptr)
      metadata.add(kind.stream, {whole->data, whole->size});
    else if (frame != nullptr)
      metadata.add(kind.stream, {frame->data, frame->size});
  }
  const auto* record = find_in(stated, AV_PKT_DATA_DOVI_CONF);
  if (record != nullptr && record->size < sizeof(AVDOVIDecoderConfigurationRecord)) record = nullptr;
  const DolbyVision dolby_vision = settle_dolby_vision(
      record == nullptr ? nullptr : reinterpret_cast<const AVDOVIDecoderConfigurationRecord*>(record->data),
      first, frame_rate, notes);
  metadata.keeps_dolby_vision_ = dolby_vision.keep;
  metadata.add(AV_PKT_DATA_DOVI_CONF, dolby_vision.record);
  return metadata;
}

// Primaries in units of 0.00002, luminance in units of 0.0001 cd/m2.
Bytes mastering_display_payload(const Bytes& data) {
  if (data.size() < sizeof(AVMasteringDisplayMetadata)) return {};
  AVMasteringDisplayMetadata display;
  std::memcpy(&display, data.data(), sizeof display);
  if (display.has_primaries == 0 || display.has_luminance == 0) return {};
  BitWriter out;
  for (const int n : {1, 2, 0})  // green, blue, red
    for (const AVRational& coordinate : display.display_primaries[n])
      out.write(in_units(coordinate, 50'000, 65535), 16);
  for (const AVRational& coordinate : display.white_point) out.write(in_units(coordinate, 50'000, 65535), 16);
  out.write(in_units(display.max_luminance, 10'000, UINT32_MAX), 32);
  out.write(in_units(display.min_luminance, 10'000, UINT32_MAX), 32);
  return out.take();
}

Bytes content_light_payload(const Bytes& data) {
  if (data.size() < sizeof(AVContentLightMetadata)) return {};
  AVContentLightMetadata light;
  std::memcpy(&light, data.data(), sizeof light);
  BitWriter out;
  out.write(std::min(light.MaxCLL, 65535U), 16);
  out.write(std::min(light.MaxFALL, 65535U), 16);
  return out.take();
}

Bytes StreamMetadata::key_frame_messages() const {
  constexpr int kMasteringDisplay = 137, kContentLight = 144;
  Bytes out;
  auto append = [&](int type, const Bytes& payload) {
    if (payload.empty()) return;
    const Bytes nal = sei_nal(type, payload);
    out.insert(out.end(), nal.begin(), nal.end());
  };
  if (const Bytes* display = find(AV_PKT_DATA_MASTERING_DISPLAY_METADATA))
    append(kMasteringDisplay, mastering_display_payload(*display));
  if (const Bytes* light = find(AV_PKT_DATA_CONTENT_LIGHT_LEVEL))
    append(kContentLight, content_light_payload(*light));
  return out;
}

Expected<void> StreamMetadata::attach(AVStream& output) const {
  for (const auto& item : items_) {
    std::uint8_t* data = new_stream_side_data(output, item.type, item.data.size());
    if (data == nullptr) return fail_av("mux", "no memory for side data", AVERROR(ENOMEM));
    std::copy(item.data.begin(), item.data.end(), data);
  }
  return {};
}

}  // namespace hevcpool::media

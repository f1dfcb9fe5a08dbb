// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/hdr.h"

#include "media/hevc/bits.h"
#include "media/libav/compat.h"
#include "media/hevc/dovi.h"
#include "media/hevc/sei.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/mathematics.h>
#include <libavutil/stereo3d.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace hevcpool::media {

struct StreamMetadata::Kind {
  AVPacketSideDataType stream;
  AVFrameSideDataType frame;
  bool changes;  // with the content: a later picture may say another thing
};

namespace {

using Kind = StreamMetadata::Kind;
constexpr std::array<Kind, 6> kKinds{{
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, true},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, true},
    {AV_PKT_DATA_DISPLAYMATRIX, AV_FRAME_DATA_DISPLAYMATRIX, false},
    {AV_PKT_DATA_STEREO3D, AV_FRAME_DATA_STEREO3D, false},
    {AV_PKT_DATA_SPHERICAL, AV_FRAME_DATA_SPHERICAL, false},
    {AV_PKT_DATA_ICC_PROFILE, AV_FRAME_DATA_ICC_PROFILE, false},
}};

const AVPacketSideData* find_in(std::span<const AVPacketSideData> list, AVPacketSideDataType type) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& data) { return data.type == type; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

void StreamMetadata::add(AVPacketSideDataType type, std::span<const std::uint8_t> data, By by) {
  if (!data.empty()) items_.push_back({type, Bytes(data.begin(), data.end()), by});
}

// Whether a picture's own statement takes the place of the one before, or is the first.
bool StreamMetadata::replace(const Kind& kind, const AVFrame& frame) {
  const AVFrameSideData* own = av_frame_get_side_data(&frame, kind.frame);
  if (own == nullptr || own->size == 0) return false;
  const auto item = std::ranges::find_if(items_, [&](const auto& each) { return each.type == kind.stream; });
  const std::span<const std::uint8_t> data(own->data, own->size);
  if (item == items_.end()) {
    add(kind.stream, data, By::picture);
    return true;
  }
  if (item->by == By::container || std::ranges::equal(item->data, data)) return false;
  item->data.assign(data.begin(), data.end());
  return true;
}

bool StreamMetadata::follow(const AVFrame& frame) {
  bool changed = false;
  for (const Kind& kind : kKinds)
    if (kind.changes) changed |= replace(kind, frame);
  return changed;
}

const Bytes* StreamMetadata::find(AVPacketSideDataType type) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.type == type; });
  return found == items_.end() ? nullptr : &found->data;
}

StreamMetadata StreamMetadata::of(const AVStream& stream, const AVFrame& first, AVRational frame_rate,
                                  Diagnostics& notes) {
  StreamMetadata metadata;
  const auto stated = stream_side_data(stream);
  for (const Kind& kind : kKinds) {
    const AVFrameSideData* frame = av_frame_get_side_data(&first, kind.frame);
    const AVPacketSideData* whole = find_in(stated, kind.stream);
    if (whole != nullptr)
      metadata.add(kind.stream, {whole->data, whole->size}, By::container);
    else if (frame != nullptr)
      metadata.add(kind.stream, {frame->data, frame->size}, By::picture);
  }
  const auto* record = find_in(stated, AV_PKT_DATA_DOVI_CONF);
  if (record != nullptr && record->size < sizeof(AVDOVIDecoderConfigurationRecord)) record = nullptr;
  const DolbyVision dolby_vision = settle_dolby_vision(
      record == nullptr ? nullptr : reinterpret_cast<const AVDOVIDecoderConfigurationRecord*>(record->data),
      first, frame_rate, notes);
  metadata.keeps_dolby_vision_ = dolby_vision.keep;
  metadata.add(AV_PKT_DATA_DOVI_CONF, dolby_vision.record, By::container);
  return metadata;
}

// Primaries in units of 0.00002, luminance in units of 0.0001 cd/m2. What is not known is 0, which HEVC reads so.
Bytes mastering_display_payload(const Bytes& data) {
  if (data.size() < sizeof(AVMasteringDisplayMetadata)) return {};
  AVMasteringDisplayMetadata display;
  std::memcpy(&display, data.data(), sizeof display);
  if (display.has_primaries == 0 && display.has_luminance == 0) return {};
  BitWriter out;
  const bool primaries = display.has_primaries != 0, luminance = display.has_luminance != 0;
  for (const int n : {1, 2, 0})  // green, blue, red
    for (const AVRational& coordinate : display.display_primaries[n])
      out.write(primaries ? in_units(coordinate, 50'000, 16) : 0, 16);
  for (const AVRational& coordinate : display.white_point)
    out.write(primaries ? in_units(coordinate, 50'000, 16) : 0, 16);
  out.write(luminance ? in_units(display.max_luminance, 10'000, 32) : 0, 32);
  out.write(luminance ? in_units(display.min_luminance, 10'000, 32) : 0, 32);
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

Bytes StreamMetadata::key_frame_messages(bool with_orientation) const {
  constexpr int kFramePacking = 45, kOrientation = 47, kMasteringDisplay = 137, kContentLight = 144;
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
  if (const Bytes* stereo = find(AV_PKT_DATA_STEREO3D)) append(kFramePacking, frame_packing_payload(*stereo));
  const auto turn = std::ranges::find_if(items_, [](const auto& i) { return i.type == AV_PKT_DATA_DISPLAYMATRIX; });
  if (with_orientation && turn != items_.end() && turn->by == By::picture)
    append(kOrientation, orientation_payload(turn->data));
  return out;
}

// Only two pictures in one: others have no value in HEVC.
Bytes frame_packing_payload(const Bytes& data) {
  if (data.size() < sizeof(AVStereo3D)) return {};
  AVStereo3D stereo;
  std::memcpy(&stereo, data.data(), sizeof stereo);
  const bool quincunx = stereo.type == AV_STEREO3D_SIDEBYSIDE_QUINCUNX;
  if (stereo.type != AV_STEREO3D_SIDEBYSIDE && stereo.type != AV_STEREO3D_TOPBOTTOM && !quincunx) return {};
  BitWriter out;
  out.ue(0);                                                  // its number
  out.flag(false);                                            // does not cancel
  out.write(stereo.type == AV_STEREO3D_TOPBOTTOM ? 4 : 3, 7);
  out.flag(quincunx);
  out.write((stereo.flags & AV_STEREO3D_FLAG_INVERT) != 0 ? 2 : 1, 6);  // which eye comes first
  out.write(0, 6);                                            // nothing flipped; no fields; no self-contained parts
  if (!quincunx) out.write(0, 16);                            // both begin at the same place
  out.write(0, 8);
  out.flag(true);                                             // persists
  out.flag(false);                                            // the sample aspect ratio is that of the whole
  out.end_payload();
  return out.take();
}

Bytes orientation_payload(const Bytes& data) {
  constexpr std::size_t kSize = 9 * sizeof(std::int32_t);
  if (data.size() < kSize) return {};
  std::array<std::int32_t, 9> matrix{};
  std::memcpy(matrix.data(), data.data(), kSize);
  // A mirrored one is mirrored at its upright axis first, and then turned; libav turns before it mirrors.
  const bool mirrored = static_cast<double>(matrix[0]) * matrix[4] < static_cast<double>(matrix[1]) * matrix[3];
  if (mirrored) av_display_matrix_flip(matrix.data(), 1, 0);
  const double angle = av_display_rotation_get(matrix.data()) * (mirrored ? -1 : 1);
  if (std::isnan(angle)) return {};
  const auto anticlockwise = static_cast<std::uint32_t>(std::lround((angle < 0 ? angle + 360 : angle) * 65536 / 360));
  BitWriter out;
  out.flag(false);  // does not cancel
  out.flag(mirrored);
  out.flag(false);
  out.write(anticlockwise & 0xffff, 16);
  out.flag(true);  // persists
  out.end_payload();
  return out.take();
}

bool StreamMetadata::loses_layout(Container container) const {
  const auto item = std::ranges::find_if(items_, [](const auto& i) { return i.type == AV_PKT_DATA_STEREO3D; });
  if (item == items_.end() || item->by == By::container || container == Container::mkv) return false;
  AVStereo3D stereo{};
  std::memcpy(&stereo, item->data.data(), std::min(item->data.size(), sizeof stereo));
  return stereo.type != AV_STEREO3D_2D && frame_packing_payload(item->data).empty();
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_picture.h"

#include "media/libav/compat.h"
#include "media/containers/ebml_library.h"
#include "media/containers/matroska_source.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <algorithm>
#include <bit>
#include <cstring>

namespace hevcpool::media {
namespace {

bool has_side_data(const AVStream& stream, AVPacketSideDataType type) {
  return std::ranges::any_of(stream_side_data(stream), [&](const AVPacketSideData& data) { return data.type == type; });
}

template <class T>
void add_side_data(AVStream& stream, AVPacketSideDataType type, const T& value) {
  std::uint8_t* data = new_stream_side_data(stream, type, sizeof value);
  if (data != nullptr) std::memcpy(data, &value, sizeof value);
}

// What is inside an element that is kept as bytes.
Element opened(const Element& element) {
  Element out{.id = element.id, .data = {}, .children = element.children};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(element.data.data());
  if (auto children = parse_elements({bytes, element.data.size()}); children && out.children.empty())
    out.children = std::move(*children);
  return out;
}

// Of 4 or 8 bytes.
double as_float(const Element& element) {
  const std::uint64_t bits = element.as_number();
  if (element.data.size() == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return element.data.size() == 8 ? std::bit_cast<double>(bits) : 0;
}

template <class Kind>
AVRational fraction(const Element& parent, int unit) {
  const Element* child = parent.find<Kind>();
  const double value = child == nullptr ? 0 : as_float(*child);
  return {value > 0 && value * unit < INT32_MAX ? static_cast<int>(value * unit + 0.5) : 0, unit};
}

void add_light_levels(const Element& colour, AVStream& stream) {
  const auto most = colour.number<kax::KaxVideoColourMaxCLL>(), average = colour.number<kax::KaxVideoColourMaxFALL>();
  if ((most.value_or(0) == 0 && average.value_or(0) == 0) || has_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL)) return;
  add_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
                AVContentLightMetadata{static_cast<unsigned>(std::min<std::uint64_t>(most.value_or(0), 65535)),
                                       static_cast<unsigned>(std::min<std::uint64_t>(average.value_or(0), 65535))});
}

void read_primaries(const Element& master, AVMasteringDisplayMetadata& display) {
  constexpr int kUnit = 50'000;
  display.display_primaries[0][0] = fraction<kax::KaxVideoRChromaX>(master, kUnit);
  display.display_primaries[0][1] = fraction<kax::KaxVideoRChromaY>(master, kUnit);
  display.display_primaries[1][0] = fraction<kax::KaxVideoGChromaX>(master, kUnit);
  display.display_primaries[1][1] = fraction<kax::KaxVideoGChromaY>(master, kUnit);
  display.display_primaries[2][0] = fraction<kax::KaxVideoBChromaX>(master, kUnit);
  display.display_primaries[2][1] = fraction<kax::KaxVideoBChromaY>(master, kUnit);
  display.white_point[0] = fraction<kax::KaxVideoWhitePointChromaX>(master, kUnit);
  display.white_point[1] = fraction<kax::KaxVideoWhitePointChromaY>(master, kUnit);
  const auto stated = [](const AVRational(&point)[2]) { return point[0].num > 0 || point[1].num > 0; };
  display.has_primaries = std::ranges::any_of(display.display_primaries, stated) || stated(display.white_point);
}

void add_mastering_display(const Element& master, AVStream& stream) {
  if (has_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA)) return;
  constexpr int kUnit = 10'000;
  AVMasteringDisplayMetadata display{};
  read_primaries(master, display);
  display.max_luminance = fraction<kax::KaxVideoLuminanceMax>(master, kUnit);
  display.min_luminance = fraction<kax::KaxVideoLuminanceMin>(master, kUnit);
  display.has_luminance = display.max_luminance.num > 0 || display.min_luminance.num > 0;
  if (display.has_primaries != 0 || display.has_luminance != 0)
    add_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, display);
}

}  // namespace

void add_hdr_values(const Element& track, AVStream& stream) {
  const Element* video = track.find<kax::KaxTrackVideo>();
  const Element* stated = video == nullptr ? nullptr : video->find<kax::KaxVideoColour>();
  if (stated == nullptr) return;
  const Element colour = opened(*stated);
  add_light_levels(colour, stream);
  if (const Element* master = colour.find<kax::KaxVideoColourMasterMeta>()) add_mastering_display(opened(*master), stream);
}

PixelCrop turned(PixelCrop crop, std::string_view filters) {
  if (const auto comma = filters.find(','); comma != filters.npos)
    return turned(turned(crop, filters.substr(0, comma)), filters.substr(comma + 1));
  const auto [top, bottom, left, right] = crop;
  if (filters == "hflip") return {top, bottom, right, left};
  if (filters == "vflip") return {bottom, top, left, right};
  if (filters == "transpose=clock") return {left, right, bottom, top};
  if (filters == "transpose=cclock") return {right, left, top, bottom};
  if (filters == "transpose=clock_flip") return {right, left, bottom, top};
  if (filters == "transpose=cclock_flip") return {left, right, top, bottom};
  return crop;
}

std::optional<PixelCrop> pixel_crop(const Element& track) {
  const Element* video = track.find<kax::KaxTrackVideo>();
  if (video == nullptr) return std::nullopt;
  const PixelCrop crop{video->number<kax::KaxVideoPixelCropTop>().value_or(0),
                              video->number<kax::KaxVideoPixelCropBottom>().value_or(0),
                              video->number<kax::KaxVideoPixelCropLeft>().value_or(0),
                              video->number<kax::KaxVideoPixelCropRight>().value_or(0)};
  const bool there = crop.top > 0 || crop.bottom > 0 || crop.left > 0 || crop.right > 0;
  return there ? std::optional(crop) : std::nullopt;
}

}  // namespace hevcpool::media

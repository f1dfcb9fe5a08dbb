// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/further_views.h"

#include "media/hevc/nal.h"

#include <algorithm>
#include <vector>

namespace hevcpool::media {
namespace {

using Nal = std::span<const std::uint8_t>;
using Nals = std::vector<Nal>;

std::size_t number(Nal bytes) {
  std::size_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

bool is_config(Nal extradata) { return extradata.size() > 22 && extradata[0] == 1; }

Nal extradata_of(const AVCodecParameters& codec) {
  return {codec.extradata, static_cast<std::size_t>(std::max(codec.extradata_size, 0))};
}

// Each behind its length, which has so many bytes.
Nals split_lengths(Nal data, std::size_t bytes) {
  Nals nals;
  while (data.size() > bytes) {
    const std::size_t size = number(data.first(bytes));
    data = data.subspan(bytes);
    if (size == 0 || size > data.size()) break;
    nals.push_back(data.first(size));
    data = data.subspan(size);
  }
  return nals;
}

// Of an HEVC decoder configuration record: arrays of units of one type.
Nals parameter_sets_in_record(Nal record) {
  constexpr std::size_t kArrays = 22;
  Nals nals;
  std::size_t arrays = record[kArrays];
  for (Nal rest = record.subspan(kArrays + 1); arrays > 0 && rest.size() > 3; --arrays) {
    std::size_t units = number(rest.subspan(1, 2));
    rest = rest.subspan(3);
    for (; units > 0 && rest.size() > 2; --units) {
      const std::size_t size = number(rest.first(2));
      if (size > rest.size() - 2) return nals;
      nals.push_back(rest.subspan(2, size));
      rest = rest.subspan(2 + size);
    }
  }
  return nals;
}

Nals nals_of_packet(const AVCodecParameters& codec, Nal packet) {
  const Nal config = extradata_of(codec);
  if (codec.codec_id == AV_CODEC_ID_HEVC && is_config(config)) return split_lengths(packet, (config[21] & 3U) + 1);
  if (codec.codec_id == AV_CODEC_ID_H264 && config.size() > 6 && config[0] == 1)
    return split_lengths(packet, (config[4] & 3U) + 1);
  return split_nals(packet);
}

bool is_hevc_layer(Nal nal) { return nal.size() > 2 && ((nal[0] & 1) << 5 | nal[1] >> 3) > 0; }

// A video parameter set with vps_max_layers_minus1 above 0.
bool names_layers(Nal nal) {
  constexpr int kVps = 32;
  if (nal.size() < 5 || (nal[0] >> 1 & 0x3f) != kVps) return false;
  return ((nal[2] & 3) << 4 | nal[3] >> 4) > 0;
}

// The subset of a sequence parameter set, and slices of other views.
bool is_h264_view(Nal nal) {
  constexpr int kSubsetSps = 15, kSliceExtension = 20, kDepthExtension = 21;
  const int type = nal.empty() ? 0 : nal[0] & 31;
  return type == kSubsetSps || type == kSliceExtension || type == kDepthExtension;
}

}  // namespace

bool announces_further_view(const AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_HEVC) return false;
  const Nal extradata = extradata_of(codec);
  const Nals sets = is_config(extradata) ? parameter_sets_in_record(extradata) : split_nals(extradata);
  return std::ranges::any_of(sets, [](Nal nal) { return names_layers(nal) || is_hevc_layer(nal); });
}

bool has_further_view(const AVCodecParameters& codec, std::span<const std::uint8_t> packet) {
  if (codec.codec_id != AV_CODEC_ID_HEVC && codec.codec_id != AV_CODEC_ID_H264) return false;
  const Nals nals = nals_of_packet(codec, packet);
  return std::ranges::any_of(nals, codec.codec_id == AV_CODEC_ID_HEVC ? is_hevc_layer : is_h264_view);
}

}  // namespace hevcpool::media

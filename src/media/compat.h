// SPDX-License-Identifier: GPL-2.0-or-later
// The only place that looks at library versions: what FFmpeg 5.1 to 8 and x265 3.5 to 4.x name differently.
#pragma once

#include "media/av.h"

#include <span>

namespace hevcpool::media {

inline constexpr int kProfileUnknown = -99;  // FF_PROFILE_UNKNOWN, later AV_PROFILE_UNKNOWN

// Side data of a whole stream: of the stream until FFmpeg 6.0, of its codec parameters since 6.1.
inline std::span<const AVPacketSideData> stream_side_data(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  return {stream.codecpar->coded_side_data, static_cast<std::size_t>(stream.codecpar->nb_coded_side_data)};
#else
  return {stream.side_data, static_cast<std::size_t>(stream.nb_side_data)};
#endif
}

inline bool has_closed_captions(const AVCodecContext& decoder) {
#ifdef FF_CODEC_PROPERTY_CLOSED_CAPTIONS
  return decoder.properties & FF_CODEC_PROPERTY_CLOSED_CAPTIONS;
#else
  static_cast<void>(decoder);
  return false;
#endif
}

inline bool has_film_grain(const AVCodecContext& decoder) {
#ifdef FF_CODEC_PROPERTY_FILM_GRAIN
  return decoder.properties & FF_CODEC_PROPERTY_FILM_GRAIN;
#else
  static_cast<void>(decoder);
  return false;
#endif
}

}  // namespace hevcpool::media

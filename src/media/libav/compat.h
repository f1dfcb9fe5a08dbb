// SPDX-License-Identifier: GPL-2.0-or-later
// The only place that looks at library versions: what FFmpeg 5.1 to 9 and x265 3.5 to 4.x name differently.
#pragma once

#include "media/libav/av.h"

extern "C" {
#include <libavfilter/buffersrc.h>
#include <libavutil/bprint.h>
#include <libavutil/dovi_meta.h>
}

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

// What a byte stream's write callback is given: const since FFmpeg 7.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using AvioWriteByte = const std::uint8_t;
#else
using AvioWriteByte = std::uint8_t;
#endif

// What a decoder says before it has decoded anything, which it no longer does in FFmpeg 8.
inline std::optional<bool> has_closed_captions(const AVCodecContext& decoder) {
#ifdef FF_CODEC_PROPERTY_CLOSED_CAPTIONS
  return (decoder.properties & FF_CODEC_PROPERTY_CLOSED_CAPTIONS) != 0;
#else
  static_cast<void>(decoder);
  return std::nullopt;
#endif
}
inline std::optional<bool> has_film_grain(const AVCodecContext& decoder) {
#ifdef FF_CODEC_PROPERTY_FILM_GRAIN
  return (decoder.properties & FF_CODEC_PROPERTY_FILM_GRAIN) != 0;
#else
  static_cast<void>(decoder);
  return std::nullopt;
#endif
}

// What ffprobe prints of a stream's parameters, by its version: what is known only after decoding no longer (9), padding
// of sound and what the demuxer exports (7).
inline constexpr bool kProbesReferences = LIBAVCODEC_VERSION_MAJOR < 63;
inline constexpr bool kProbesPadding = LIBAVCODEC_VERSION_MAJOR >= 61;
inline constexpr bool kProbesDemuxer = LIBAVFORMAT_VERSION_MAJOR >= 61;

// A stream's codec as a MIME type says it; empty where libav does not say.
inline std::string mime_codec(const AVStream& stream) {
  std::string out;
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(62, 7, 100)
  AVBPrint text;
  av_bprint_init(&text, 1, AV_BPRINT_SIZE_AUTOMATIC);
  if (av_mime_codec_str(stream.codecpar, stream.avg_frame_rate, &text) == 0 && av_bprint_is_complete(&text))
    out = text.str;
#else
  static_cast<void>(stream);
#endif
  return out;
}

// How many groups of streams a file has; nothing where libav knows none.
inline std::optional<unsigned> stream_groups(const AVFormatContext& format) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 19, 100)
  return format.nb_stream_groups;
#else
  static_cast<void>(format);
  return std::nullopt;
#endif
}

// How Dolby Vision's metadata are compressed; null where libav does not say.
inline const char* dolby_vision_compression(const AVDOVIDecoderConfigurationRecord& record) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 29, 100)
  switch (record.dv_md_compression) {
    case AV_DOVI_COMPRESSION_NONE: return "none";
    case AV_DOVI_COMPRESSION_LIMITED: return "limited";
    case AV_DOVI_COMPRESSION_RESERVED: return "reserved";
    case AV_DOVI_COMPRESSION_EXTENDED: return "extended";
    default: return "unknown";
  }
#else
  static_cast<void>(record);
  return nullptr;
#endif
}

inline bool is_key_frame(const AVFrame& frame) {
#ifdef AV_FRAME_FLAG_KEY
  return frame.flags & AV_FRAME_FLAG_KEY;
#else
  return frame.key_frame;
#endif
}

// The colour description of a filter graph's frames, where the graph negotiates it (since FFmpeg 7.0).
inline void describe_colour(AVBufferSrcParameters& parameters, const AVFrame& frame) {
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100)
  parameters.color_space = frame.colorspace;
  parameters.color_range = frame.color_range;
#else
  static_cast<void>(parameters);
  static_cast<void>(frame);
#endif
}

// How long a frame is shown, in the time base of its pts; 0 when it does not say.
inline std::int64_t frame_duration(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}
inline void set_frame_duration(AVFrame& frame, std::int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  frame.duration = duration;
#else
  frame.pkt_duration = duration;
#endif
}

inline bool is_interlaced(const AVFrame& frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}
inline bool is_top_field_first(const AVFrame& frame) {
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
  return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
  return frame.top_field_first != 0;
#endif
}
inline void set_fields(AVFrame& frame, bool interlaced, bool top_first) {
#ifdef AV_FRAME_FLAG_INTERLACED
  frame.flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
  frame.flags |= (interlaced ? AV_FRAME_FLAG_INTERLACED : 0) | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
  frame.interlaced_frame = interlaced;
  frame.top_field_first = top_first;
#endif
}

// Room for `size` bytes of side data of a whole output stream, or null. Belongs to the stream.
inline std::uint8_t* new_stream_side_data(AVStream& stream, AVPacketSideDataType type, std::size_t size) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  AVPacketSideData* data = av_packet_side_data_new(&stream.codecpar->coded_side_data,
                                                   &stream.codecpar->nb_coded_side_data, type, size, 0);
  return data == nullptr ? nullptr : data->data;
#else
  return av_stream_new_side_data(&stream, type, size);
#endif
}

// The codec of a format that is nothing but a codec's own bytes; none for a container. libav hides it since FFmpeg 7.0,
// and most of these formats have the name of their codec.
inline AVCodecID raw_codec(const AVInputFormat& format) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const std::string_view name = format.name;
  if (name == "mpegvideo") return AV_CODEC_ID_MPEG1VIDEO;
  if (name == "m4v") return AV_CODEC_ID_MPEG4;
  const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(format.name);
  return codec != nullptr ? codec->id : AV_CODEC_ID_NONE;
#else
  return static_cast<AVCodecID>(format.raw_codec_id);
#endif
}

// What an encoder accepts; empty: anything.
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
template <class T>
std::span<const T> supported(const AVCodec& codec, AVCodecConfig config) {
  const void* values = nullptr;
  int count = 0;
  avcodec_get_supported_config(nullptr, &codec, config, 0, &values, &count);
  return {static_cast<const T*>(values), static_cast<std::size_t>(values ? count : 0)};
}
inline std::span<const AVSampleFormat> sample_formats(const AVCodec& codec) {
  return supported<AVSampleFormat>(codec, AV_CODEC_CONFIG_SAMPLE_FORMAT);
}
inline std::span<const int> sample_rates(const AVCodec& codec) {
  return supported<int>(codec, AV_CODEC_CONFIG_SAMPLE_RATE);
}
inline std::span<const AVChannelLayout> channel_layouts(const AVCodec& codec) {
  return supported<AVChannelLayout>(codec, AV_CODEC_CONFIG_CHANNEL_LAYOUT);
}
#else
template <class T, class End>
std::span<const T> until(const T* values, End end) {
  std::size_t count = 0;
  while (values && !end(values[count])) ++count;
  return {values, count};
}
inline std::span<const AVSampleFormat> sample_formats(const AVCodec& codec) {
  return until(codec.sample_fmts, [](AVSampleFormat format) { return format == AV_SAMPLE_FMT_NONE; });
}
inline std::span<const int> sample_rates(const AVCodec& codec) {
  return until(codec.supported_samplerates, [](int rate) { return rate == 0; });
}
inline std::span<const AVChannelLayout> channel_layouts(const AVCodec& codec) {
  return until(codec.ch_layouts, [](const AVChannelLayout& layout) { return layout.nb_channels == 0; });
}
#endif

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe/probe_fields.h"

#include "media/libav/compat.h"
#include "media/libav/encryption.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>

namespace hevcpool::media {
namespace {

// A field that exists only when libav knows the name.
void put_name(Document& out, const char* key, const char* name) {
  if (name) out[key] = name;
}

void put_time(Document& out, const char* ticks_key, const char* key, std::int64_t ticks, AVRational time_base) {
  if (ticks == AV_NOPTS_VALUE) return;
  out[ticks_key] = ticks;
  out[key] = probe_time(ticks, time_base);
}

void put_tags(Document& out, const AVDictionary* tags) {
  if (!tags || av_dict_count(tags) == 0) return;
  Document object = Document::object();
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(tags, "", entry, AV_DICT_IGNORE_SUFFIX)))
    if (std::string_view(entry->key) != kEncryptionTag) object[entry->key] = entry->value;
  if (!object.empty()) out["tags"] = object;
}

void put_codec(Document& out, const AVCodecParameters& parameters) {
  if (const auto* descriptor = avcodec_descriptor_get(parameters.codec_id)) {
    out["codec_name"] = descriptor->name;
    out["codec_long_name"] = descriptor->long_name ? descriptor->long_name : "unknown";
  }
  if (const char* profile = avcodec_profile_name(parameters.codec_id, parameters.profile))
    out["profile"] = profile;
  else if (parameters.profile != kProfileUnknown)
    out["profile"] = std::to_string(parameters.profile);
  put_name(out, "codec_type", av_get_media_type_string(parameters.codec_type));
  std::array<char, AV_FOURCC_MAX_STRING_SIZE> fourcc{};
  out["codec_tag_string"] = av_fourcc_make_string(fourcc.data(), parameters.codec_tag);
  out["codec_tag"] = fmt::format("0x{:04x}", parameters.codec_tag);
}

void put_aspect(Document& out, AVFormatContext& format, AVStream& stream) {
  const AVRational sample = av_guess_sample_aspect_ratio(&format, &stream, nullptr);
  if (!sample.num) return;
  AVRational display{};
  av_reduce(&display.num, &display.den, std::int64_t{stream.codecpar->width} * sample.num,
            std::int64_t{stream.codecpar->height} * sample.den, 1024 * 1024);
  out["sample_aspect_ratio"] = probe_ratio(sample, ':');
  out["display_aspect_ratio"] = probe_ratio(display, ':');
}

void put_colour(Document& out, const AVCodecParameters& parameters) {
  if (parameters.color_range != AVCOL_RANGE_UNSPECIFIED)
    put_name(out, "color_range", av_color_range_name(parameters.color_range));
  if (parameters.color_space != AVCOL_SPC_UNSPECIFIED)
    put_name(out, "color_space", av_color_space_name(parameters.color_space));
  if (parameters.color_trc != AVCOL_TRC_UNSPECIFIED)
    put_name(out, "color_transfer", av_color_transfer_name(parameters.color_trc));
  if (parameters.color_primaries != AVCOL_PRI_UNSPECIFIED)
    put_name(out, "color_primaries", av_color_primaries_name(parameters.color_primaries));
  if (parameters.chroma_location != AVCHROMA_LOC_UNSPECIFIED)
    put_name(out, "chroma_location", av_chroma_location_name(parameters.chroma_location));
}

const char* field_order_name(AVFieldOrder order) {
  switch (order) {
    case AV_FIELD_PROGRESSIVE: return "progressive";
    case AV_FIELD_TT: return "tt";
    case AV_FIELD_BB: return "bb";
    case AV_FIELD_TB: return "tb";
    case AV_FIELD_BT: return "bt";
    default: return nullptr;
  }
}

void put_video(Document& out, AVFormatContext& format, AVStream& stream, const AVCodecContext* decoder) {
  const AVCodecParameters& parameters = *stream.codecpar;
  out["width"] = parameters.width;
  out["height"] = parameters.height;
  if (decoder) {
    out["coded_width"] = decoder->coded_width;
    out["coded_height"] = decoder->coded_height;
    if (const auto captions = has_closed_captions(*decoder)) out["closed_captions"] = *captions ? 1 : 0;
    if (const auto grain = has_film_grain(*decoder)) out["film_grain"] = *grain ? 1 : 0;
  }
  out["has_b_frames"] = parameters.video_delay;
  put_aspect(out, format, stream);
  put_name(out, "pix_fmt", av_get_pix_fmt_name(static_cast<AVPixelFormat>(parameters.format)));
  out["level"] = parameters.level;
  put_colour(out, parameters);
  put_name(out, "field_order", field_order_name(parameters.field_order));
  if (decoder && kProbesReferences) out["refs"] = decoder->refs;
}

void put_audio(Document& out, const AVCodecParameters& parameters) {
  put_name(out, "sample_fmt", av_get_sample_fmt_name(static_cast<AVSampleFormat>(parameters.format)));
  out["sample_rate"] = std::to_string(parameters.sample_rate);
  out["channels"] = parameters.ch_layout.nb_channels;
  if (parameters.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC) {
    std::array<char, 128> layout{};
    av_channel_layout_describe(&parameters.ch_layout, layout.data(), layout.size());
    out["channel_layout"] = layout.data();
  }
  out["bits_per_sample"] = av_get_bits_per_sample(parameters.codec_id);
  if (kProbesPadding) out["initial_padding"] = parameters.initial_padding;
}

// What an H.264 decoder would say when opened: start codes or lengths before its units, and of how many bytes.
void put_h264_framing(Document& out, const AVCodecContext& decoder) {
  constexpr int kShortestRecord = 7;
  const bool lengths = decoder.extradata_size >= kShortestRecord && decoder.extradata[0] == 1;
  out["is_avc"] = lengths ? "true" : "false";
  out["nal_length_size"] = std::to_string(lengths ? (decoder.extradata[4] & 3) + 1 : 0);
}

void put_exported_options(Document& out, void* object) {
  const AVOption* option = nullptr;
  while ((option = av_opt_next(object, option))) {
    if (!(option->flags & AV_OPT_FLAG_EXPORT)) continue;
    std::uint8_t* text = nullptr;
    if (av_opt_get(object, option->name, 0, &text) < 0) continue;
    out[option->name] = reinterpret_cast<const char*>(text);
    av_free(text);
  }
}

// What the decoder says about itself: "is_avc", "nal_length_size", "quarter_sample"... and then the demuxer.
void put_exported(Document& out, const AVFormatContext& format, const AVCodecContext* decoder) {
  if (decoder && !decoder->codec && decoder->codec_id == AV_CODEC_ID_H264) put_h264_framing(out, *decoder);
  if (decoder && decoder->codec && decoder->codec->priv_class) put_exported_options(out, decoder->priv_data);
  if (kProbesDemuxer && format.iformat->priv_class) put_exported_options(out, format.priv_data);
}

void put_by_type(Document& out, AVFormatContext& format, AVStream& stream, const AVCodecContext* decoder) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if (parameters.codec_type == AVMEDIA_TYPE_VIDEO) put_video(out, format, stream, decoder);
  if (parameters.codec_type == AVMEDIA_TYPE_AUDIO) put_audio(out, parameters);
  if (parameters.codec_type == AVMEDIA_TYPE_SUBTITLE && parameters.width) out["width"] = parameters.width;
  if (parameters.codec_type == AVMEDIA_TYPE_SUBTITLE && parameters.height) out["height"] = parameters.height;
}

void put_rates(Document& out, const AVStream& stream, const AVCodecContext* decoder) {
  if (stream.codecpar->bit_rate > 0) out["bit_rate"] = std::to_string(stream.codecpar->bit_rate);
  if (decoder && decoder->rc_max_rate > 0) out["max_bit_rate"] = std::to_string(decoder->rc_max_rate);
  if (decoder && decoder->bits_per_raw_sample > 0)
    out["bits_per_raw_sample"] = std::to_string(decoder->bits_per_raw_sample);
  if (stream.nb_frames) out["nb_frames"] = std::to_string(stream.nb_frames);
  if (stream.codecpar->extradata_size > 0) out["extradata_size"] = stream.codecpar->extradata_size;
}

void put_dispositions(Document& out, const AVStream& stream) {
  Document object = Document::object();
  for (int i = 0; i < std::numeric_limits<int>::digits; ++i)
    if (const char* name = av_disposition_to_string(1 << i)) object[name] = stream.disposition & 1 << i ? 1 : 0;
  out["disposition"] = object;
}

}  // namespace

std::string probe_time(std::int64_t timestamp, AVRational time_base) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%f", static_cast<double>(timestamp) * av_q2d(time_base));
  return text.data();
}

std::string probe_ratio(AVRational ratio, char separator) {
  return fmt::format("{}{}{}", ratio.num, separator, ratio.den);
}

Document probe_stream(AVFormatContext& format, AVStream& stream, const AVCodecContext* decoder) {
  Document out = Document::object();
  out["index"] = stream.index;
  put_codec(out, *stream.codecpar);
  if (const std::string mime = mime_codec(stream); !mime.empty()) out["mime_codec_string"] = mime;
  put_by_type(out, format, stream, decoder);
  put_exported(out, format, decoder);
  if (format.iformat->flags & AVFMT_SHOW_IDS) out["id"] = fmt::format("0x{:x}", static_cast<unsigned>(stream.id));
  out["r_frame_rate"] = probe_ratio(stream.r_frame_rate, '/');
  out["avg_frame_rate"] = probe_ratio(stream.avg_frame_rate, '/');
  out["time_base"] = probe_ratio(stream.time_base, '/');
  put_time(out, "start_pts", "start_time", stream.start_time, stream.time_base);
  put_time(out, "duration_ts", "duration", stream.duration, stream.time_base);
  put_rates(out, stream, decoder);
  put_dispositions(out, stream);
  put_tags(out, stream.metadata);
  if (const auto scheme = encryption_of(stream); !scheme.empty()) out["encryption"] = std::string(scheme);
  if (auto side_data = probe_side_data(stream); !side_data.empty()) out["side_data_list"] = side_data;
  return out;
}

Document probe_chapter(const AVChapter& chapter) {
  Document out = Document::object();
  out["id"] = chapter.id;
  out["time_base"] = probe_ratio(chapter.time_base, '/');
  out["start"] = chapter.start;
  out["start_time"] = probe_time(chapter.start, chapter.time_base);
  out["end"] = chapter.end;
  out["end_time"] = probe_time(chapter.end, chapter.time_base);
  put_tags(out, chapter.metadata);
  return out;
}

Document probe_format(AVFormatContext& format, const std::string& name) {
  Document out = Document::object();
  out["filename"] = name;
  out["nb_streams"] = format.nb_streams;
  out["nb_programs"] = format.nb_programs;
  if (const auto groups = stream_groups(format)) out["nb_stream_groups"] = *groups;
  out["format_name"] = format.iformat->name;
  put_name(out, "format_long_name", format.iformat->long_name);
  const auto seconds = [](std::int64_t time) { return probe_time(time, AVRational{1, AV_TIME_BASE}); };
  if (format.start_time != AV_NOPTS_VALUE) out["start_time"] = seconds(format.start_time);
  if (format.duration != AV_NOPTS_VALUE) out["duration"] = seconds(format.duration);
  if (const auto size = format.pb ? avio_size(format.pb) : -1; size >= 0) out["size"] = std::to_string(size);
  if (format.bit_rate > 0) out["bit_rate"] = std::to_string(format.bit_rate);
  out["probe_score"] = format.probe_score;
  put_tags(out, format.metadata);
  return out;
}

}  // namespace hevcpool::media

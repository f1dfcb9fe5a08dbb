// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/stream_format.h"

#include "media/libav/compat.h"

#include <algorithm>

namespace hevcpool::media {

FieldOrder field_order_of(const AVFrame& first, const AVStream& stream, Deinterlace deinterlace) {
  if (deinterlace != Deinterlace::off) return FieldOrder::progressive;
  if (is_interlaced(first))
    return is_top_field_first(first) ? FieldOrder::top_first : FieldOrder::bottom_first;
  switch (stream.codecpar->field_order) {
    case AV_FIELD_TT:
    case AV_FIELD_TB:
      return FieldOrder::top_first;
    case AV_FIELD_BB:
    case AV_FIELD_BT:
      return FieldOrder::bottom_first;
    default:
      return FieldOrder::progressive;
  }
}

StreamFormat stream_format(const AVFrame& first, const PictureFormat& picture, const StreamRate& rate, FieldOrder fields) {
  StreamFormat format;
  format.picture = picture;
  format.frame_rate = rate.nominal;
  format.constant_rate = rate.constant;
  format.sample_aspect = first.sample_aspect_ratio;
  format.range = picture.full_range ? AVCOL_RANGE_JPEG
                 : picture.from_rgb ? AVCOL_RANGE_MPEG
                                    : first.color_range;
  format.primaries = first.color_primaries;
  format.transfer = first.color_trc;
  format.matrix = picture.matrix;
  format.chroma_location = first.chroma_location;
  format.fields = fields;
  return format;
}

Expected<void> describe_stream(const StreamFormat& format, const Bytes& headers, int reorder_delay,
                               AVCodecParameters& out) {
  out.codec_type = AVMEDIA_TYPE_VIDEO;
  out.codec_id = AV_CODEC_ID_HEVC;
  out.format = format.picture.pixels;
  out.width = format.picture.width;
  out.height = format.picture.height;
  out.bits_per_raw_sample = format.picture.depth;
  out.sample_aspect_ratio = format.sample_aspect;
  out.color_range = format.range;
  out.color_primaries = format.primaries;
  out.color_trc = format.transfer;
  out.color_space = format.matrix;
  out.chroma_location = format.chroma_location;
  out.video_delay = reorder_delay;
  out.field_order = format.fields == FieldOrder::top_first      ? AV_FIELD_TB
                    : format.fields == FieldOrder::bottom_first ? AV_FIELD_BT
                                                                : AV_FIELD_PROGRESSIVE;
  out.extradata = static_cast<std::uint8_t*>(av_mallocz(headers.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (out.extradata == nullptr) return fail_av("encode", "no memory for headers", AVERROR(ENOMEM));
  std::copy(headers.begin(), headers.end(), out.extradata);
  out.extradata_size = static_cast<int>(headers.size());
  return {};
}

}  // namespace hevcpool::media

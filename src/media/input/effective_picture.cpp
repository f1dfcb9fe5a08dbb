// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/effective_picture.h"

#include "base/error.h"
#include "media/libav/compat.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstring>
#include <string_view>

namespace hevcpool::media {
namespace {

bool is_interlaced(AVFieldOrder fields) { return fields > AV_FIELD_PROGRESSIVE; }

// Interleaved fields with the top or the bottom one first: libav's containers use both of each pair.
bool is_top_first(AVFieldOrder fields) { return fields == AV_FIELD_TT || fields == AV_FIELD_TB; }

// Codecs whose pictures say themselves whether they are made of fields. Those that have a word for it which encoders
// leave at "progressive" are not among them, nor is HEVC, of whose messages libav reports separate fields only.
bool pictures_say_fields(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_VC1:
    case AV_CODEC_ID_CAVS:
    case AV_CODEC_ID_DVVIDEO:
      return true;
    default:
      return false;
  }
}

bool says_no_colours(const AVFrame& frame) {
  return frame.color_primaries == AVCOL_PRI_UNSPECIFIED && frame.color_trc == AVCOL_TRC_UNSPECIFIED &&
         frame.colorspace == AVCOL_SPC_UNSPECIFIED;
}

bool says_colours(const PictureStatement& found) {
  return found.primaries != AVCOL_PRI_UNSPECIFIED || found.transfer != AVCOL_TRC_UNSPECIFIED ||
         found.matrix != AVCOL_SPC_UNSPECIFIED;
}

template <class T>
bool both(T a, T b, T unknown) {
  return a != unknown && b != unknown;
}

// A stream without a description of its colours has the standard's default range, not one of its own.
void complete_range(AVFrame& frame, const PictureStatement& stated, bool no_colours) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool fixed = format == nullptr || (format->flags & AV_PIX_FMT_FLAG_RGB) != 0 ||
                     std::string_view(format->name).starts_with("yuvj");
  if (fixed || stated.range == AVCOL_RANGE_UNSPECIFIED) return;
  if (frame.color_range == AVCOL_RANGE_UNSPECIFIED || no_colours) frame.color_range = stated.range;
}

void complete_colours(AVFrame& frame, const PictureStatement& stated) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool rgb = format != nullptr && (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  complete_range(frame, stated, says_no_colours(frame));
  fill(frame.color_primaries, AVCOL_PRI_UNSPECIFIED, stated.primaries);
  fill(frame.color_trc, AVCOL_TRC_UNSPECIFIED, stated.transfer);
  if (!rgb && stated.matrix != AVCOL_SPC_RGB) fill(frame.colorspace, AVCOL_SPC_UNSPECIFIED, stated.matrix);
  fill(frame.chroma_location, AVCHROMA_LOC_UNSPECIFIED, stated.chroma_location);
}

// The numbers of one colour space: PAL's and NTSC's matrix are the same.
bool is_same_matrix(AVColorSpace a, AVColorSpace b) {
  const auto plain = [](AVColorSpace space) { return space == AVCOL_SPC_BT470BG ? AVCOL_SPC_SMPTE170M : space; };
  return plain(a) == plain(b);
}

// Transfer functions that differ by name only, or by less than can be seen.
bool is_same_transfer(AVColorTransferCharacteristic a, AVColorTransferCharacteristic b) {
  const auto plain = [](AVColorTransferCharacteristic transfer) {
    switch (transfer) {
      case AVCOL_TRC_SMPTE170M:
      case AVCOL_TRC_BT2020_10:
      case AVCOL_TRC_BT2020_12:
      case AVCOL_TRC_IEC61966_2_4:
        return AVCOL_TRC_BT709;
      default:
        return transfer;
    }
  };
  return plain(a) == plain(b);
}

const char* known(const char* name) { return name == nullptr ? "unknown" : name; }

class Conflicts {
 public:
  void add(const char* what, const char* container, const char* stream) {
    found_.push_back(fmt::format("{}: the container says {}, the stream {}, which is taken", what, known(container),
                                 known(stream)));
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

// The sample aspect ratio is that of frames.
void show_field(AVFrame& frame) {
  const AVRational aspect = frame.sample_aspect_ratio.num > 0 ? frame.sample_aspect_ratio : AVRational{1, 1};
  frame.sample_aspect_ratio = av_mul_q(aspect, {1, 2});
  set_fields(frame, false, false);
}

std::optional<DisplayMatrix> matrix_in(const std::uint8_t* data, std::size_t size) {
  DisplayMatrix matrix{};
  if (data == nullptr || size < sizeof matrix) return std::nullopt;
  std::memcpy(matrix.data(), data, sizeof matrix);
  return matrix;
}

}  // namespace

EffectivePicture::EffectivePicture(const AVFormatContext& format, const AVStream& stream)
    : stated_(PictureStatements::of(format, stream)), shape_(stream.sample_aspect_ratio) {
  fields_are_stated_ = is_interlaced(stated_.fields) && !pictures_say_fields(stream.codecpar->codec_id);
  top_first_ = is_top_first(stated_.fields);
  fields_are_pictures_ = stream.codecpar->codec_id == AV_CODEC_ID_HEVC;
  if (shape_.num <= 0 || shape_.den <= 0) shape_ = {0, 1};
}

bool EffectivePicture::is_field(const AVFrame& frame) const {
  return fields_are_pictures_ && media::is_interlaced(frame);
}

// It holds for the pictures after the one that states it, to the next key frame.
void EffectivePicture::complete_turn(AVFrame& frame) {
  if (const auto* own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
    turn_ = matrix_in(own->data, own->size);
    return;
  }
  if (is_key_frame(frame)) turn_.reset();
  if (!turn_) return;
  auto* data = av_frame_new_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX, sizeof *turn_);
  if (data != nullptr) std::memcpy(data->data, turn_->data(), sizeof *turn_);
}

void EffectivePicture::complete(AVFrame& frame) {
  complete_colours(frame, stated_);
  if (shape_.num > 0) frame.sample_aspect_ratio = shape_;
  complete_turn(frame);
  if (is_field(frame)) return show_field(frame);
  if (fields_are_stated_ && !media::is_interlaced(frame)) set_fields(frame, true, top_first_);
}

std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream, const AVFrame* frame) {
  for (const AVPacketSideData& data : stream_side_data(stream))
    if (data.type == AV_PKT_DATA_DISPLAYMATRIX)
      if (const auto matrix = matrix_in(data.data, data.size)) return matrix;
  const auto* own = frame == nullptr ? nullptr : av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return own == nullptr ? std::nullopt : matrix_in(own->data, own->size);
}

std::vector<std::string> conflicts_with_container(const AVFormatContext& format, const AVStream& stream) {
  const PictureStatement stated = PictureStatements::of(format, stream);
  const PictureStatement found = PictureStatements::found_in(format, stream);
  Conflicts conflicts;
  if (both(stated.primaries, found.primaries, AVCOL_PRI_UNSPECIFIED) && stated.primaries != found.primaries)
    conflicts.add("the primary colours", av_color_primaries_name(stated.primaries),
                  av_color_primaries_name(found.primaries));
  if (both(stated.transfer, found.transfer, AVCOL_TRC_UNSPECIFIED) && !is_same_transfer(stated.transfer, found.transfer))
    conflicts.add("the transfer function", av_color_transfer_name(stated.transfer),
                  av_color_transfer_name(found.transfer));
  if (both(stated.matrix, found.matrix, AVCOL_SPC_UNSPECIFIED) && !is_same_matrix(stated.matrix, found.matrix))
    conflicts.add("the colour matrix", av_color_space_name(stated.matrix), av_color_space_name(found.matrix));
  if (both(stated.range, found.range, AVCOL_RANGE_UNSPECIFIED) && stated.range != found.range && says_colours(found))
    conflicts.add("the range", av_color_range_name(stated.range), av_color_range_name(found.range));
  if (is_interlaced(stated.fields) && found.fields == AV_FIELD_PROGRESSIVE &&
      pictures_say_fields(stream.codecpar->codec_id))
    conflicts.add("the field order", "interlaced", "progressive");
  return conflicts.take();
}

}  // namespace hevcpool::media

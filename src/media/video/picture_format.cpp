// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/picture_format.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

enum class Chroma { c400, c420, c422, c444, rgb };

struct Family {
  Chroma chroma;
  std::array<AVPixelFormat, 3> pixels;  // at 8, 10 and 12 bit
};
constexpr std::array<Family, 5> kFamilies{{
    {Chroma::c400, {AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10LE, AV_PIX_FMT_GRAY12LE}},
    {Chroma::c420, {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV420P12LE}},
    {Chroma::c422, {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV422P12LE}},
    {Chroma::c444, {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV444P12LE}},
    {Chroma::rgb, {AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10LE, AV_PIX_FMT_GBRP12LE}},
}};

AVPixelFormat pixels_of(Chroma chroma, int depth) {
  const auto* family =
      std::find_if(kFamilies.begin(), kFamilies.end(), [&](auto& f) { return f.chroma == chroma; });
  return family->pixels[static_cast<std::size_t>(depth - 8) / 2];
}

bool is_rgb(const AVPixFmtDescriptor& format) {
  constexpr auto kRgb = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER;
  return (format.flags & kRgb) != 0 || std::string_view(format.name).starts_with("xyz");
}

bool is_gray(const AVPixFmtDescriptor& format) {
  return !is_rgb(format) && format.nb_components < 3;
}

bool is_old_full_range(const AVPixFmtDescriptor& format) {
  return std::string_view(format.name).starts_with("yuvj");
}

// The coarsest of HEVC's samplings that loses nothing.
Chroma chroma_of(const AVPixFmtDescriptor& format) {
  if (is_gray(format)) return Chroma::c400;
  if (format.log2_chroma_h > 0 && format.log2_chroma_w > 0) return Chroma::c420;
  if (format.log2_chroma_w > 0) return Chroma::c422;
  return Chroma::c444;
}

int depth_of(const AVPixFmtDescriptor& format) {
  int depth = 0;
  for (int n = 0; n < format.nb_components; ++n) depth = std::max(depth, format.comp[n].depth);
  if ((format.flags & AV_PIX_FMT_FLAG_PAL) != 0) depth = 8;
  return depth <= 8 ? 8 : depth <= 10 ? 10 : 12;
}

// A profile names the least depth wanted: 8-bit sources may be coded with 10 or 12 bits.
int depth_of_profile(const std::string& profile) {
  if (profile.starts_with("main10") || profile.find("-10") != std::string::npos) return 10;
  if (profile.starts_with("main12") || profile.find("-12") != std::string::npos) return 12;
  return 8;
}

// RGB without a stated matrix: what players assume for the size.
AVColorSpace matrix_for(const AVFrame& frame) {
  if (frame.color_primaries == AVCOL_PRI_BT2020) return AVCOL_SPC_BT2020_NCL;
  return frame.width >= 1280 || frame.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

// The lookahead of x265 3.5 works on pictures of half size in blocks of 8, four at a time, and writes behind its
// buffer where a row has fewer; below 16 lines it refuses to open.
constexpr int kLeastWidth = 64, kLeastHeight = 16;

int at_least(int least, int side, bool even) {
  side = std::max(side, least);
  return even ? side + (side & 1) : side;
}

void set_sizes(PictureFormat& format, const AVFrame& frame, Chroma chroma) {
  const bool even_width = chroma == Chroma::c420 || chroma == Chroma::c422;
  const bool even_height = chroma == Chroma::c420;
  format.coded_width = at_least(kLeastWidth, frame.width, even_width);
  format.coded_height = at_least(kLeastHeight, frame.height, even_height);
  format.width = frame.width + (even_width ? frame.width & 1 : 0);
  format.height = frame.height + (even_height ? frame.height & 1 : 0);
}

void set_rgb(PictureFormat& format, const AVFrame& frame, const EncodeOptions& options) {
  format.from_rgb = true;
  if (options.lossless) {  // only the three planes as they are can be given back bit by bit
    format.pixels = pixels_of(Chroma::rgb, format.depth);
    format.matrix = AVCOL_SPC_RGB;
    format.full_range = frame.color_range != AVCOL_RANGE_MPEG;
    return;
  }
  format.pixels = pixels_of(Chroma::c444, format.depth);
  format.matrix = matrix_for(frame);
  format.full_range = false;  // what every player expects of YUV; RGB is full by nature, whatever is flagged
}

void note_losses(const AVPixFmtDescriptor& source, const PictureFormat& target, Diagnostics& notes) {
  if ((source.flags & AV_PIX_FMT_FLAG_ALPHA) != 0)
    notes.warn("alpha",
               fmt::format("HEVC holds no transparency: the alpha channel of {} is left out", source.name));
  if (target.from_rgb && target.matrix != AVCOL_SPC_RGB)
    notes.warn("converted",
               fmt::format("{} is converted to {} with the {} matrix", source.name,
                           av_get_pix_fmt_name(target.pixels), av_color_space_name(target.matrix)));
  if (source.comp[0].depth > target.depth && (source.flags & AV_PIX_FMT_FLAG_PAL) == 0)
    notes.warn("converted", fmt::format("{} bits are reduced to the {} that HEVC encoders offer",
                                        source.comp[0].depth, target.depth));
}

}  // namespace

Expected<PictureFormat> choose_format(const AVFrame& frame, const EncodeOptions& options, Diagnostics& notes) {
  const auto* source = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (source == nullptr || (source->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0)
    return fail("encode", "pixel_format", fmt::format("pixel format {} cannot be encoded", frame.format));
  PictureFormat format;
  format.depth = std::max(depth_of(*source), depth_of_profile(options.profile));
  format.matrix = frame.colorspace;
  format.full_range = frame.color_range == AVCOL_RANGE_JPEG || is_old_full_range(*source);
  if (is_rgb(*source))
    set_rgb(format, frame, options);
  else
    format.pixels = pixels_of(chroma_of(*source), format.depth);
  set_sizes(format, frame, is_rgb(*source) ? Chroma::c444 : chroma_of(*source));
  note_losses(*source, format, notes);
  return format;
}

bool same_layout(AVPixelFormat source, AVPixelFormat target) {
  if (source == target) return true;
  switch (source) {
    case AV_PIX_FMT_YUVJ420P:
      return target == AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return target == AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return target == AV_PIX_FMT_YUV444P;
    // The alpha plane is the fourth; nobody looks at it.
    case AV_PIX_FMT_YUVA420P:
      return target == AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVA422P:
      return target == AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVA444P:
      return target == AV_PIX_FMT_YUV444P;
    default:
      return false;
  }
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/still_graph.h"

#include "media/input/effective_picture.h"
#include "media/libav/frame_filter.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hevcpool::media {
namespace {

constexpr int kLargestSide = 16384;  // what JPEG and WebP encoders take

// libswscale's name of the matrix that `frame` was made with.
const char* matrix_name(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709: return "bt709";
    case AVCOL_SPC_FCC: return "fcc";
    case AVCOL_SPC_SMPTE240M: return "smpte240m";
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return "bt2020";
    default: return "bt601";  // an unmarked frame too, whatever its size: so does swscale, and so ffmpeg
  }
}

const AVPixFmtDescriptor* descriptor_of(const AVFrame& frame) {
  return av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
}

bool is_rgb(const AVFrame& frame) {
  const auto* descriptor = descriptor_of(frame);
  return descriptor && descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

bool has_alpha(const AVFrame& frame) {
  const auto* descriptor = descriptor_of(frame);
  return descriptor && (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA || frame.format == AV_PIX_FMT_PAL8);
}

// JPEG: as much chroma as the source has.
const char* jpeg_pixels(const AVFrame& frame) {
  const auto* descriptor = descriptor_of(frame);
  if (!descriptor || descriptor->nb_components < 3) return "yuvj420p";
  if (descriptor->log2_chroma_w == 0 && descriptor->log2_chroma_h == 0) return "yuvj444p";
  return descriptor->log2_chroma_h == 0 && descriptor->log2_chroma_w == 1 ? "yuvj422p" : "yuvj420p";
}

std::string target_pixels(const AVFrame& frame, const StillOptions& options, StillFormat format) {
  const bool alpha = has_alpha(frame);
  if (format == StillFormat::png) {
    if (options.grey) return alpha ? "ya8" : "gray";
    return alpha ? "rgba" : "rgb24";
  }
  if (format == StillFormat::webp) return alpha ? "yuva420p" : "yuv420p";
  return options.grey ? "yuvj420p" : jpeg_pixels(frame);
}

// Linear light, BT.709 primaries, hable's curve, back to BT.709. zscale must be told what the frame leaves open.
std::string tone_mapping(const AVFrame& frame, Size size) {
  const char* transfer = frame.color_trc == AVCOL_TRC_ARIB_STD_B67 ? "arib-std-b67" : "smpte2084";
  const bool full = frame.color_range == AVCOL_RANGE_JPEG;
  return fmt::format(
      "zscale=w={}:h={}:filter=bicubic:tin={}:pin=bt2020:min=bt2020nc:rin={}:t=linear:npl=100,format=gbrpf32le,"
      "zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv444p,",
      size.width, size.height, transfer, full ? "pc" : "tv");
}

std::string scaling(const AVFrame& frame, Size size, StillFormat format, bool tone_mapped) {
  // at its own size a frame becomes the very picture that ffmpeg makes of it
  const bool same = size == Size{frame.width, frame.height};
  std::string out = fmt::format("scale={}:{}:flags=bicubic{}", size.width, size.height,
                                same ? "" : "+accurate_rnd+full_chroma_int");
  if (tone_mapped || !is_rgb(frame))
    out += fmt::format(":in_color_matrix={}", tone_mapped ? "bt709" : matrix_name(frame));
  if (format != StillFormat::png)
    out += fmt::format(":out_color_matrix=bt601:out_range={}", format == StillFormat::jpeg ? "full" : "limited");
  return out;
}

std::string turning(const Orientation& orientation) {
  std::string out;
  // transpose can mirror on the way: the four of its kinds are all transpositions with mirroring
  if (orientation.transposed) {
    const char* kind = orientation.mirror_x ? (orientation.mirror_y ? "clock_flip" : "clock")
                                            : (orientation.mirror_y ? "cclock" : "cclock_flip");
    return fmt::format(",transpose={}", kind);
  }
  if (orientation.mirror_x) out += ",hflip";
  if (orientation.mirror_y) out += ",vflip";
  return out;
}

std::string cropping(Size scaled, const StillOptions& options) {
  if (!options.crop_to_fill || !options.width || !options.height) return {};
  if (scaled.width == options.width && scaled.height == options.height) return {};
  return fmt::format(",crop={}:{}:exact=1", std::min(options.width, scaled.width),
                     std::min(options.height, scaled.height));
}

int side(double length) { return std::clamp(static_cast<int>(std::lround(length)), 1, kLargestSide); }

Size swapped(Size size) { return {size.height, size.width}; }

}  // namespace

Orientation orientation_of_matrix(const std::array<std::int32_t, 9>& matrix) {
  // the point (x, y) goes to (a x + c y, b x + d y)
  const std::int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  Orientation out;
  out.transposed = std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d);
  out.mirror_x = (out.transposed ? c : a) < 0;
  out.mirror_y = (out.transposed ? b : d) < 0;
  return out;
}

Orientation orientation_of(const AVFrame& frame, const AVStream& stream) {
  const auto matrix = display_matrix_of(stream, &frame);
  return matrix ? orientation_of_matrix(*matrix) : Orientation();
}

int exif_orientation(const Orientation& orientation) {
  // EXIF 5..8 name the transposed ones
  if (orientation.transposed)
    return orientation.mirror_x ? (orientation.mirror_y ? 7 : 6) : (orientation.mirror_y ? 8 : 5);
  return orientation.mirror_x ? (orientation.mirror_y ? 3 : 2) : (orientation.mirror_y ? 4 : 1);
}

Size display_size(Size stored, AVRational sample, const Orientation& orientation) {
  const double ratio = sample.num > 0 && sample.den > 0 ? av_q2d(sample) : 1;
  const Size square{side(stored.width * ratio), stored.height};
  return orientation.transposed ? swapped(square) : square;
}

Size fitted_size(Size display, const StillOptions& options) {
  const double across = static_cast<double>(options.width) / display.width;
  const double down = static_cast<double>(options.height) / display.height;
  double factor = 1;
  if (options.width && options.height)
    factor = options.crop_to_fill ? std::max(across, down) : std::min(across, down);
  else if (options.width || options.height)
    factor = options.width ? across : down;
  return {side(display.width * factor), side(display.height * factor)};
}

bool is_hdr(const AVFrame& frame) {
  return frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
}

std::string still_graph(const AVFrame& frame, AVRational sample, const Orientation& orientation,
                        const StillOptions& options, StillFormat format) {
  const Size upright = fitted_size(display_size({frame.width, frame.height}, sample, orientation), options);
  const Size size = orientation.transposed ? swapped(upright) : upright;
  const bool tone_map = options.tone_map && is_hdr(frame) && filter_exists("zscale") && filter_exists("tonemap");
  std::string out = tone_map ? tone_mapping(frame, size) : "";
  out += scaling(frame, size, format, tone_map);
  if (options.grey && format != StillFormat::png) out += ",format=gray";
  out += ",format=" + target_pixels(frame, options, format);
  return out + turning(orientation) + cropping(upright, options) + ",setsar=1";
}

}  // namespace hevcpool::media

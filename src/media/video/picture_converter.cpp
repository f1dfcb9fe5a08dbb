// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/picture_converter.h"

#include "profile/recorder.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>

namespace hevcpool::media {
namespace {

bool is_full_range(const AVFrame& frame) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  return frame.color_range == AVCOL_RANGE_JPEG || (format->flags & AV_PIX_FMT_FLAG_RGB) != 0 ||
         std::string_view(format->name).starts_with("yuvj");
}

AVPixelFormat without_range(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

int scaler_matrix(AVColorSpace space) {
  switch (space) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return SWS_CS_ITU601;
  }
}

// Width over height on screen.
double shape(int width, int height, AVRational aspect) {
  return static_cast<double>(width) / height * (is_known(aspect) ? av_q2d(aspect) : 1);
}

int even(double length) { return std::max(static_cast<int>(length / 2 + 0.5) * 2, 0); }

struct PaddedPlane {
  std::uint8_t* data;
  std::ptrdiff_t stride;
  int bytes;  // per sample
};

// Extends one plane from the part that was filled to its whole size.
void replicate(const PaddedPlane& plane, int width, int height, int whole_width, int whole_height) {
  for (int y = 0; y < height && whole_width > width; ++y) {
    std::uint8_t* row = plane.data + y * plane.stride;
    const std::uint8_t* last = row + static_cast<std::ptrdiff_t>(width - 1) * plane.bytes;
    for (int x = width; x < whole_width; ++x)
      std::memcpy(row + static_cast<std::ptrdiff_t>(x) * plane.bytes, last,
                  static_cast<std::size_t>(plane.bytes));
  }
  const std::uint8_t* last_row = plane.data + (height - 1) * plane.stride;
  for (int y = height; y < whole_height; ++y)
    std::memcpy(plane.data + y * plane.stride, last_row,
                static_cast<std::size_t>(whole_width) * static_cast<std::size_t>(plane.bytes));
}

Expected<FramePtr> make_picture(AVPixelFormat pixels, int width, int height) {
  FramePtr picture(av_frame_alloc());
  if (!picture) return fail_av("filter", "no memory for a picture", AVERROR(ENOMEM));
  picture->format = pixels;
  picture->width = width;
  picture->height = height;
  if (int result = av_frame_get_buffer(picture.get(), 0); result < 0)
    return fail_av("filter", "no memory for a picture", result);
  return picture;
}

// Of the same pixel format, planar; the place is even.
void put_into(AVFrame& whole, const AVFrame& part, int x, int y) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(whole.format));
  std::uint8_t* target[4] = {};
  const std::uint8_t* source[4] = {part.data[0], part.data[1], part.data[2], nullptr};
  for (int n = 0; n < format->nb_components; ++n) {
    const bool chroma = n > 0 && (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const auto& component = format->comp[n];
    const std::ptrdiff_t row = y >> (chroma ? format->log2_chroma_h : 0), column = x >> (chroma ? format->log2_chroma_w : 0);
    target[component.plane] =
        whole.data[component.plane] + row * whole.linesize[component.plane] + column * component.step;
  }
  av_image_copy(target, whole.linesize, source, part.linesize, static_cast<AVPixelFormat>(whole.format), part.width,
                part.height);
}

}  // namespace

bool PictureConverter::wants_scaling(const AVFrame& frame) const {
  if (!same_layout(static_cast<AVPixelFormat>(frame.format), target_.pixels)) return true;
  if (!has_target_size(frame)) return true;
  if (target_.from_rgb) return false;
  const bool known_range = frame.color_range != AVCOL_RANGE_UNSPECIFIED;
  const bool known_matrix = frame.colorspace != AVCOL_SPC_UNSPECIFIED && target_.matrix != AVCOL_SPC_UNSPECIFIED;
  return (known_range && is_full_range(frame) != target_.full_range) ||
         (known_matrix && scaler_matrix(frame.colorspace) != scaler_matrix(target_.matrix));
}

// An odd side grows by one replicated line when it is coded; any other difference is a change of size.
bool PictureConverter::has_target_size(const AVFrame& frame) const {
  return frame.width <= target_.width && target_.width - frame.width <= (frame.width & 1) &&
         frame.height <= target_.height && target_.height - frame.height <= (frame.height & 1);
}

// Where the picture goes so that its shape on screen stays the same. A sample aspect ratio that is not known is that of
// pictures of the same size, and square otherwise.
PictureConverter::Area PictureConverter::area_for(const AVFrame& frame) const {
  const Area whole{0, 0, target_.width, target_.height};
  const AVRational own = frame.sample_aspect_ratio;
  const bool comparable = is_known(own) && is_known(aspect_);
  if (has_target_size(frame) && (!comparable || av_cmp_q(own, aspect_) == 0)) return whole;
  const double wanted = shape(frame.width, frame.height, own) / shape(target_.width, target_.height, aspect_);
  Area area = whole;
  if (wanted < 1) area.width = even(target_.width * wanted);
  if (wanted > 1) area.height = even(target_.height / wanted);
  if (target_.width - area.width <= target_.width / 100 && target_.height - area.height <= target_.height / 100)
    return whole;
  area.x = even((target_.width - area.width) / 2.0);
  area.y = even((target_.height - area.height) / 2.0);
  return area;
}

Expected<const AVFrame*> PictureConverter::convert(const AVFrame& frame) {
  const Area area = area_for(frame);
  const bool scaling = wants_scaling(frame) || !is_whole(area);
  if (!scaling && frame.width == target_.coded_width && frame.height == target_.coded_height) return &frame;
  const profile::Scope timed(profile::Stage::scale);
  HEVCPOOL_CHECK(prepare_buffer());
  if (!is_whole(area)) {
    HEVCPOOL_CHECK(scale_between_bars(frame, area));
  } else if (scaling) {
    HEVCPOOL_CHECK(scale(frame));
  } else {
    fill(frame);
  }
  return buffer_;
}

// One that nobody else holds.
Expected<void> PictureConverter::prepare_buffer() {
  const auto free = std::ranges::find_if(buffers_, [](const FramePtr& b) { return av_frame_is_writable(b.get()) > 0; });
  if (free != buffers_.end()) {
    buffer_ = free->get();
    return {};
  }
  HEVCPOOL_ASSIGN(FramePtr buffer, make_picture(target_.pixels, target_.coded_width, target_.coded_height));
  buffer_ = buffers_.emplace_back(std::move(buffer)).get();
  return {};
}

void PictureConverter::fill(const AVFrame& frame) {
  std::uint8_t* data[4] = {buffer_->data[0], buffer_->data[1], buffer_->data[2], nullptr};
  const std::uint8_t* source[4] = {frame.data[0], frame.data[1], frame.data[2], nullptr};
  av_image_copy(data, buffer_->linesize, source, frame.linesize, target_.pixels, frame.width, frame.height);
  replicate_edges(frame.width, frame.height);
}

// The size that the scaler writes: the shown one, except that an odd source is not stretched to an even size.
static int scaled_side(int source, int shown) {
  return (source & 1) != 0 && shown == source + 1 ? source : shown;
}

Expected<void> PictureConverter::prepare_scaler(const AVFrame& frame, int width, int height) {
  const bool same = frame.width == width && frame.height == height;
  const int flags =
      (same ? SWS_BICUBIC : SWS_LANCZOS) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT;
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height,
                                     without_range(frame.format), width, height, target_.pixels, flags,
                                     nullptr, nullptr, nullptr));
  if (!scaler_)
    return fail("filter", "pixel_format",
                fmt::format("{} cannot be converted to {}",
                            av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format)),
                            av_get_pix_fmt_name(target_.pixels)));
  const int* target = sws_getCoefficients(scaler_matrix(target_.matrix));
  const int* source = target_.from_rgb ? target : sws_getCoefficients(scaler_matrix(frame.colorspace));
  if (frame.colorspace == AVCOL_SPC_UNSPECIFIED) source = target;
  const bool source_full = frame.color_range == AVCOL_RANGE_UNSPECIFIED && !target_.from_rgb
                               ? target_.full_range
                               : is_full_range(frame);
  sws_setColorspaceDetails(scaler_.get(), source, source_full, target, target_.full_range, 0, 1 << 16,
                           1 << 16);
  return {};
}

Expected<void> PictureConverter::scale(const AVFrame& frame) {
  const int width = scaled_side(frame.width, target_.width), height = scaled_side(frame.height, target_.height);
  HEVCPOOL_CHECK(prepare_scaler(frame, width, height));
  const int result =
      sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, buffer_->data, buffer_->linesize);
  if (result < 0) return fail_av("filter", "a picture could not be converted", result);
  replicate_edges(width, height);
  return {};
}

// By a picture of its own: the scaler may write beyond the end of a row.
Expected<void> PictureConverter::scale_between_bars(const AVFrame& frame, const Area& area) {
  if (!inner_ || inner_->width != area.width || inner_->height != area.height) {
    HEVCPOOL_ASSIGN(inner_, make_picture(target_.pixels, area.width, area.height));
  }
  HEVCPOOL_CHECK(prepare_scaler(frame, area.width, area.height));
  const int result =
      sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, inner_->data, inner_->linesize);
  if (result < 0) return fail_av("filter", "a picture could not be converted", result);
  const std::ptrdiff_t strides[4] = {buffer_->linesize[0], buffer_->linesize[1], buffer_->linesize[2], 0};
  av_image_fill_black(buffer_->data, strides, target_.pixels, target_.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG,
                      target_.coded_width, target_.coded_height);
  put_into(*buffer_, *inner_, area.x, area.y);
  return {};
}

void PictureConverter::replicate_edges(int width, int height) {
  if (width == target_.coded_width && height == target_.coded_height) return;
  const auto* format = av_pix_fmt_desc_get(target_.pixels);
  for (int n = 0; n < format->nb_components; ++n) {
    const bool chroma = (n == 1 || n == 2) && (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int w = chroma ? format->log2_chroma_w : 0, h = chroma ? format->log2_chroma_h : 0;
    const auto& component = format->comp[n];
    replicate({buffer_->data[component.plane], buffer_->linesize[component.plane], component.step},
              AV_CEIL_RSHIFT(width, w), AV_CEIL_RSHIFT(height, h), AV_CEIL_RSHIFT(target_.coded_width, w),
              AV_CEIL_RSHIFT(target_.coded_height, h));
  }
}

}  // namespace hevcpool::media

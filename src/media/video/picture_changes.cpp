// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/picture_changes.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cmath>

namespace hevcpool::media {
namespace {

std::string text(AVRational ratio) { return fmt::format("{}:{}", ratio.num, ratio.den); }

// The whole picture's width over its height on screen.
AVRational display_aspect(int width, int height, AVRational sample) {
  AVRational out{};
  const std::int64_t across = is_known(sample) ? sample.num : 1, down = is_known(sample) ? sample.den : 1;
  av_reduce(&out.num, &out.den, width * across, height * down, 1024);
  return out;
}

bool is_wide_range(AVColorTransferCharacteristic transfer) {
  return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

// Unknown ones are taken for those of ordinary television.
bool differ(AVColorTransferCharacteristic a, AVColorTransferCharacteristic b) {
  const bool both_known = a != AVCOL_TRC_UNSPECIFIED && b != AVCOL_TRC_UNSPECIFIED;
  return both_known ? a != b : is_wide_range(a) != is_wide_range(b);
}

bool differ(AVColorPrimaries a, AVColorPrimaries b) {
  const bool both_known = a != AVCOL_PRI_UNSPECIFIED && b != AVCOL_PRI_UNSPECIFIED;
  return both_known ? a != b : (a == AVCOL_PRI_BT2020) != (b == AVCOL_PRI_BT2020);
}

const char* name_or_unknown(const char* name) { return name == nullptr ? "unknown" : name; }

}  // namespace

Expected<void> PictureChanges::lose(std::string_view code, std::string message) {
  if (strict_) return fail("encode", code, message);
  notes_.warn(code, std::move(message));
  return {};
}

void PictureChanges::begin(const AVFrame& frame, AVRational own_aspect) {
  width_ = frame.width;
  height_ = frame.height;
  format_ = frame.format;
  aspect_ = frame.sample_aspect_ratio;
  own_aspect_ = own_aspect;
  primaries_ = frame.color_primaries;
  transfer_ = frame.color_trc;
}

Expected<void> PictureChanges::see(const AVFrame& frame, AVRational own_aspect) {
  if (!begun()) {
    begin(frame, own_aspect);
    return {};
  }
  if (frame.format != format_)
    notes_.warn("reformatted",
                fmt::format("the picture changes its pixel format: converted to the first one, {}",
                            av_get_pix_fmt_name(static_cast<AVPixelFormat>(format_))));
  note_shape(frame);
  HEVCPOOL_CHECK(note_overruled_shape(own_aspect));
  return note_colours(frame);
}

void PictureChanges::note_shape(const AVFrame& frame) {
  const bool resized = frame.width != width_ || frame.height != height_;
  if (resized)
    notes_.warn("resized", fmt::format("the picture changes its size: scaled to the first one, {}x{}", width_, height_));
  const AVRational aspect = frame.sample_aspect_ratio;
  const bool comparable = resized || (is_known(aspect) && is_known(aspect_));
  if (!comparable || (!resized && av_cmp_q(aspect, aspect_) == 0)) return;
  const AVRational shape = display_aspect(frame.width, frame.height, aspect);
  const AVRational first = display_aspect(width_, height_, aspect_);
  if (std::abs(av_q2d(shape) / av_q2d(first) - 1) > 0.01)
    notes_.warn("reshaped", fmt::format("the picture changes its shape from {} to {}: shown between black bars",
                                        text(first), text(shape)));
}

// Players follow the container, so a change within the stream is not seen.
Expected<void> PictureChanges::note_overruled_shape(AVRational own_aspect) {
  if (!shape_is_stated_ || !is_known(own_aspect)) return {};
  if (!is_known(own_aspect_)) own_aspect_ = own_aspect;
  if (av_cmp_q(own_aspect, own_aspect_) == 0) return {};
  return lose("reshaped", fmt::format("the picture changes its sample aspect ratio from {} to {}, but the container "
                                      "states one for all, which is taken as players do",
                                      text(own_aspect_), text(own_aspect)));
}

Expected<void> PictureChanges::note_colours(const AVFrame& frame) {
  if (differ(frame.color_trc, transfer_))
    HEVCPOOL_CHECK(lose("recoloured", fmt::format("the picture changes its transfer function from {} to {}: the output "
                                                  "states the first one for all",
                                                  name_or_unknown(av_color_transfer_name(transfer_)),
                                                  name_or_unknown(av_color_transfer_name(frame.color_trc)))));
  if (differ(frame.color_primaries, primaries_))
    return lose("recoloured", fmt::format("the picture changes its primary colours from {} to {}: the output states the "
                                          "first ones for all",
                                          name_or_unknown(av_color_primaries_name(primaries_)),
                                          name_or_unknown(av_color_primaries_name(frame.color_primaries))));
  return {};
}

}  // namespace hevcpool::media

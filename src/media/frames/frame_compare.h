// SPDX-License-Identifier: GPL-2.0-or-later
// How alike two frames of one format and size are: the numbers of libavfilter's ssim and psnr. Pure functions.
#pragma once

#include "media/libav/av.h"

namespace hevcpool::media {

// Planar formats of 8 to 16 bits, native byte order, without alpha of another depth.
bool can_compare(AVPixelFormat format);

// Over all planes, weighted by their size; 1 for equal frames.
double frame_ssim(const AVFrame& a, const AVFrame& b);
// Decibels over all planes; kEqualPsnr for equal frames.
inline constexpr double kEqualPsnr = 100;
double frame_psnr(const AVFrame& a, const AVFrame& b);

// Mean of the first plane, scaled to 0..255.
double mean_luma(const AVFrame& frame);

}  // namespace hevcpool::media

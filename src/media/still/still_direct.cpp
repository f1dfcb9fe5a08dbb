// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/still_direct.h"

#include "profile/recorder.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace hevcpool::media {
namespace {

using Table = std::array<std::uint8_t, 256>;
AVPixelFormat full_range_twin(int format) {
  switch (format) {
    case AV_PIX_FMT_GRAY8:
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUVJ420P;
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUVJ422P;
    case AV_PIX_FMT_YUV444P:
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUVJ444P;
    default: return AV_PIX_FMT_NONE;
  }
}

bool is_full(const AVFrame& frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || frame.format == full_range_twin(frame.format);
}

// Shares of red and blue in the luma.
struct Weights {
  double red, blue;
  bool operator==(const Weights&) const = default;
};
constexpr Weights kBt601{0.299, 0.114};

Weights weights_of(AVColorSpace space) {
  switch (space) {
    case AVCOL_SPC_BT709: return {0.2126, 0.0722};
    case AVCOL_SPC_FCC: return {0.30, 0.11};
    case AVCOL_SPC_SMPTE240M: return {0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return {0.2627, 0.0593};
    default: return kBt601;  // as swscale takes an unmarked frame
  }
}

// What swscale makes of each value from limited to full range: the same picture as with it, for less.
struct RangeTables {
  Table luma{}, chroma{};
};

RangeTables make_range_tables() {
  constexpr int kWidth = 512;  // a row has all values of chroma
  std::array<std::uint8_t, kWidth> ramp{}, luma{}, chroma{}, unused{};
  for (std::size_t x = 0; x < ramp.size(); ++x) ramp[x] = static_cast<std::uint8_t>(x & 255);
  const ScalerPtr scaler(sws_getContext(kWidth, 1, AV_PIX_FMT_YUV422P, kWidth, 1, AV_PIX_FMT_YUVJ422P, SWS_BICUBIC,
                                        nullptr, nullptr, nullptr));
  const std::uint8_t* from[4] = {ramp.data(), ramp.data(), ramp.data(), nullptr};
  std::uint8_t* to[4] = {luma.data(), chroma.data(), unused.data(), nullptr};
  const int strides[4] = {kWidth, kWidth, kWidth, 0};
  if (scaler) sws_scale(scaler.get(), from, strides, 0, 1, to, strides);
  RangeTables out;
  std::copy_n(luma.begin(), out.luma.size(), out.luma.begin());
  std::copy_n(chroma.begin(), out.chroma.size(), out.chroma.begin());
  return out;
}

const RangeTables& range_tables() {
  static const RangeTables tables = make_range_tables();
  return tables;
}

struct PlaneCopy {
  const std::uint8_t* from;
  std::uint8_t* to;
  int from_stride, to_stride;
  int width, height;
};

PlaneCopy plane_of(const AVFrame& from, AVFrame& to, int index) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(to.format));
  const int w = index == 0 ? 0 : format->log2_chroma_w, h = index == 0 ? 0 : format->log2_chroma_h;
  return {from.data[index], to.data[index], from.linesize[index], to.linesize[index],
          AV_CEIL_RSHIFT(to.width, w), AV_CEIL_RSHIFT(to.height, h)};
}

void map_plane(const PlaneCopy& plane, const Table* table) {
  if (!table) return av_image_copy_plane(plane.to, plane.to_stride, plane.from, plane.from_stride, plane.width, plane.height);
  for (int y = 0; y < plane.height; ++y) {
    const std::uint8_t* from = plane.from + std::ptrdiff_t{y} * plane.from_stride;
    std::uint8_t* to = plane.to + std::ptrdiff_t{y} * plane.to_stride;
    for (int x = 0; x < plane.width; ++x) to[x] = (*table)[from[x]];
  }
}

void fill_neutral(const PlaneCopy& plane) {
  for (int y = 0; y < plane.height; ++y)
    std::memset(plane.to + std::ptrdiff_t{y} * plane.to_stride, 128, static_cast<std::size_t>(plane.width));
}

// From one matrix to BT.601 in full range, as fixed-point factors: luma changes by what chroma says, chroma by itself.
class MatrixChange {
 public:
  MatrixChange(Weights from, bool full);
  void apply(const AVFrame& from, AVFrame& to);

 private:
  static constexpr int kShift = 14;
  static int fixed(double factor) { return static_cast<int>(std::lround(factor * (1 << kShift))); }
  static std::uint8_t rounded(int value) {
    return static_cast<std::uint8_t>(std::clamp((value + (1 << (kShift - 1))) >> kShift, 0, 255));
  }
  void chroma_row(const PlaneCopy& blue, const PlaneCopy& red, int row);
  void luma_row(const PlaneCopy& luma, int row, int sharing) const;

  int black_, luma_;                       // luma's offset and factor
  int luma_blue_, luma_red_;               // what each chroma adds to luma
  int blue_blue_, blue_red_, red_blue_, red_red_;
  std::vector<int> added_;                 // to the luma of each sample of a chroma row
};

MatrixChange::MatrixChange(Weights from, bool full) : black_(full ? 0 : 16) {
  const double green = 1 - from.red - from.blue, green_to = 1 - kBt601.red - kBt601.blue;
  const double luma_scale = full ? 1 : 255.0 / 219, chroma_scale = full ? 1 : 255.0 / 224;
  const double blue = 2 * (1 - from.blue), red = 2 * (1 - from.red);  // what chroma adds to B and R
  const double by_blue = kBt601.blue * blue - green_to * from.blue * blue / green;
  const double by_red = kBt601.red * red - green_to * from.red * red / green;
  const double blue_to = 2 * (1 - kBt601.blue), red_to = 2 * (1 - kBt601.red);
  luma_ = fixed(luma_scale);
  luma_blue_ = fixed(by_blue * chroma_scale);
  luma_red_ = fixed(by_red * chroma_scale);
  blue_blue_ = fixed((blue - by_blue) / blue_to * chroma_scale);
  blue_red_ = fixed(-by_red / blue_to * chroma_scale);
  red_blue_ = fixed(-by_blue / red_to * chroma_scale);
  red_red_ = fixed((red - by_red) / red_to * chroma_scale);
}

void MatrixChange::chroma_row(const PlaneCopy& blue, const PlaneCopy& red, int row) {
  const std::uint8_t* blues = blue.from + std::ptrdiff_t{row} * blue.from_stride;
  const std::uint8_t* reds = red.from + std::ptrdiff_t{row} * red.from_stride;
  std::uint8_t* blues_to = blue.to + std::ptrdiff_t{row} * blue.to_stride;
  std::uint8_t* reds_to = red.to + std::ptrdiff_t{row} * red.to_stride;
  for (int x = 0; x < blue.width; ++x) {
    const int b = blues[x] - 128, r = reds[x] - 128;
    added_[static_cast<std::size_t>(x)] = luma_blue_ * b + luma_red_ * r;
    blues_to[x] = rounded(blue_blue_ * b + blue_red_ * r + (128 << kShift));
    reds_to[x] = rounded(red_blue_ * b + red_red_ * r + (128 << kShift));
  }
}

// `sharing`: the binary logarithm of how many samples share one of chroma.
void MatrixChange::luma_row(const PlaneCopy& luma, int row, int sharing) const {
  const std::uint8_t* from = luma.from + std::ptrdiff_t{row} * luma.from_stride;
  std::uint8_t* to = luma.to + std::ptrdiff_t{row} * luma.to_stride;
  for (int x = 0; x < luma.width; ++x)
    to[x] = rounded(luma_ * (from[x] - black_) + added_[static_cast<std::size_t>(x >> sharing)]);
}

void MatrixChange::apply(const AVFrame& from, AVFrame& to) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(to.format));
  const PlaneCopy luma = plane_of(from, to, 0), blue = plane_of(from, to, 1), red = plane_of(from, to, 2);
  added_.resize(static_cast<std::size_t>(blue.width));
  const int rows = 1 << format->log2_chroma_h;
  for (int y = 0; y < luma.height; ++y) {
    if (y % rows == 0) chroma_row(blue, red, y >> format->log2_chroma_h);
    luma_row(luma, y, format->log2_chroma_w);
  }
}

void change_range(const AVFrame& from, AVFrame& to, bool grey) {
  const RangeTables* tables = is_full(from) ? nullptr : &range_tables();
  map_plane(plane_of(from, to, 0), tables ? &tables->luma : nullptr);
  for (const int index : {1, 2}) {
    if (grey) fill_neutral(plane_of(from, to, index));
    else map_plane(plane_of(from, to, index), tables ? &tables->chroma : nullptr);
  }
}

}  // namespace

bool can_be_direct(const AVFrame& frame, AVRational sample, const Orientation& orientation,
                   const StillOptions& options, StillFormat format) {
  const AVPixelFormat twin = full_range_twin(frame.format);
  const bool contradicts = frame.format == twin && frame.color_range == AVCOL_RANGE_MPEG;
  if (format != StillFormat::jpeg || twin == AV_PIX_FMT_NONE || contradicts || !orientation.upright()) return false;
  if (options.tone_map && is_hdr(frame)) return false;
  const Size size{frame.width, frame.height};
  return fitted_size(display_size(size, sample, orientation), options) == size;
}

Expected<FramePtr> direct_still(const AVFrame& frame, bool grey) {
  const profile::Scope timed(profile::Stage::filter);
  FramePtr out(av_frame_alloc());
  if (!out) return fail_av("filter", "picture", AVERROR(ENOMEM));
  const bool colourless = grey || frame.format == AV_PIX_FMT_GRAY8;
  out->format = colourless ? AV_PIX_FMT_YUVJ420P : full_range_twin(frame.format);
  out->width = frame.width;
  out->height = frame.height;
  out->color_range = AVCOL_RANGE_JPEG;
  if (const int rc = av_frame_get_buffer(out.get(), 0); rc < 0) return fail_av("filter", "picture", rc);
  const Weights weights = weights_of(frame.colorspace);
  if (colourless || weights == kBt601) change_range(frame, *out, colourless);
  else MatrixChange(weights, is_full(frame)).apply(frame, *out);
  return out;
}

}  // namespace hevcpool::media

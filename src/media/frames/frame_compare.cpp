// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frame_compare.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace hevcpool::media {
namespace {

struct ReadPlane {
  const std::uint8_t* data;
  std::ptrdiff_t stride;  // bytes
};

template <class Sample>
const Sample* row(const ReadPlane& plane, int y) {
  return reinterpret_cast<const Sample*>(plane.data + y * plane.stride);
}

struct Shape {
  int width, height;
};

const AVPixFmtDescriptor& descriptor(const AVFrame& frame) {
  return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
}

Shape shape_of(const AVFrame& frame, int plane) {
  const auto& format = descriptor(frame);
  const bool chroma = plane == 1 || plane == 2;
  return {chroma ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width,
          chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height};
}

// Sums over one 4x4 block.
struct Sums {
  std::uint64_t a = 0, b = 0, squares = 0, product = 0;
  Sums& operator+=(const Sums& other) {
    a += other.a;
    b += other.b;
    squares += other.squares;
    product += other.product;
    return *this;
  }
};

template <class Sample>
Sums block_sums(const ReadPlane& a, const ReadPlane& b, int x, int y) {
  Sums out;
  for (int dy = 0; dy < 4; ++dy)
    for (int dx = 0; dx < 4; ++dx) {
      const std::uint64_t p = row<Sample>(a, y + dy)[x + dx], q = row<Sample>(b, y + dy)[x + dx];
      out += {p, q, p * p + q * q, p * q};
    }
  return out;
}

// The structural similarity of one 8x8 window, from its sums; the constants are those of the original paper.
double window_ssim(const Sums& sums, double largest) {
  const double c1 = .01 * .01 * largest * largest * 64, c2 = .03 * .03 * largest * largest * 64 * 63;
  const auto a = static_cast<double>(sums.a), b = static_cast<double>(sums.b);
  const double variances = static_cast<double>(sums.squares) * 64 - a * a - b * b;
  const double covariance = static_cast<double>(sums.product) * 64 - a * b;
  return (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2));
}

template <class Sample>
std::vector<Sums> row_of_blocks(const ReadPlane& a, const ReadPlane& b, int blocks, int y) {
  std::vector<Sums> out(static_cast<std::size_t>(blocks));
  for (int i = 0; i < blocks; ++i) out[static_cast<std::size_t>(i)] = block_sums<Sample>(a, b, i * 4, y);
  return out;
}

template <class Sample>
double squared_error(const ReadPlane& a, const ReadPlane& b, Shape shape);

// Windows overlap by half in both directions.
template <class Sample>
double plane_ssim(const ReadPlane& a, const ReadPlane& b, Shape shape, double largest) {
  const int across = shape.width / 4, down = shape.height / 4;
  if (across < 2 || down < 2) return squared_error<Sample>(a, b, shape) == 0 ? 1 : 0;  // too small to tell
  double sum = 0;
  auto above = row_of_blocks<Sample>(a, b, across, 0);
  for (int y = 1; y < down; ++y) {
    auto below = row_of_blocks<Sample>(a, b, across, y * 4);
    for (std::size_t x = 0; x + 1 < above.size(); ++x) {
      Sums window = above[x];
      ((window += above[x + 1]) += below[x]) += below[x + 1];
      sum += window_ssim(window, largest);
    }
    above.swap(below);
  }
  return sum / (static_cast<double>(across - 1) * (down - 1));
}

template <class Sample>
double squared_error(const ReadPlane& a, const ReadPlane& b, Shape shape) {
  double sum = 0;
  for (int y = 0; y < shape.height; ++y) {
    std::int64_t line = 0;
    for (int x = 0; x < shape.width; ++x) {
      const std::int64_t difference = row<Sample>(a, y)[x] - row<Sample>(b, y)[x];
      line += difference * difference;
    }
    sum += static_cast<double>(line);
  }
  return sum;
}

template <class Work>
void for_each_plane(const AVFrame& a, const AVFrame& b, Work work) {
  const int planes = std::min<int>(descriptor(a).nb_components, 3);
  for (int i = 0; i < planes; ++i)
    work(ReadPlane{a.data[i], a.linesize[i]}, ReadPlane{b.data[i], b.linesize[i]}, shape_of(a, i));
}

bool wide(const AVFrame& frame) { return descriptor(frame).comp[0].depth > 8; }
double largest_value(const AVFrame& frame) { return (1 << descriptor(frame).comp[0].depth) - 1; }

template <class Sample>
double sample_sum(const ReadPlane& plane, Shape shape) {
  double sum = 0;
  for (int y = 0; y < shape.height; ++y) {
    std::uint64_t line = 0;
    for (int x = 0; x < shape.width; ++x) line += row<Sample>(plane, y)[x];
    sum += static_cast<double>(line);
  }
  return sum;
}

}  // namespace

bool can_compare(AVPixelFormat format) {
  const AVPixFmtDescriptor* found = av_pix_fmt_desc_get(format);
  if (!found) return false;
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                   AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_RGB |
                                   AV_PIX_FMT_FLAG_BAYER;
  const bool planar = found->nb_components == 1 || found->flags & AV_PIX_FMT_FLAG_PLANAR;
  if (!planar || found->flags & kOther || found->comp[0].depth > 16 || found->comp[0].shift) return false;
  for (int i = 0; i < std::min<int>(found->nb_components, 3); ++i)  // no interleaved chroma
    if (found->comp[i].plane != i || found->comp[i].step != (found->comp[i].depth > 8 ? 2 : 1)) return false;
  return true;
}

double frame_ssim(const AVFrame& a, const AVFrame& b) {
  double sum = 0, samples = 0;
  for_each_plane(a, b, [&](const ReadPlane& p, const ReadPlane& q, Shape shape) {
    const double area = static_cast<double>(shape.width) * shape.height;
    const double largest = largest_value(a);
    sum += area * (wide(a) ? plane_ssim<std::uint16_t>(p, q, shape, largest)
                           : plane_ssim<std::uint8_t>(p, q, shape, largest));
    samples += area;
  });
  return samples > 0 ? sum / samples : 0;
}

double frame_psnr(const AVFrame& a, const AVFrame& b) {
  double error = 0, samples = 0;
  for_each_plane(a, b, [&](const ReadPlane& p, const ReadPlane& q, Shape shape) {
    error += wide(a) ? squared_error<std::uint16_t>(p, q, shape) : squared_error<std::uint8_t>(p, q, shape);
    samples += static_cast<double>(shape.width) * shape.height;
  });
  if (error == 0) return kEqualPsnr;
  const double largest = largest_value(a);
  return std::min(kEqualPsnr, 10 * std::log10(largest * largest * samples / error));
}

double mean_luma(const AVFrame& frame) {
  const ReadPlane plane{frame.data[0], frame.linesize[0]};
  const Shape shape{frame.width, frame.height};
  const double sum = wide(frame) ? sample_sum<std::uint16_t>(plane, shape) : sample_sum<std::uint8_t>(plane, shape);
  return sum / (static_cast<double>(shape.width) * shape.height) * 255 / largest_value(frame);
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/cut_proof.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <span>

namespace hevcpool::media {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// Bytes of one row of a plane.
std::size_t row_bytes(const AVFrame& frame, int plane) {
  return static_cast<std::size_t>(
      std::max(0, av_image_get_linesize(static_cast<AVPixelFormat>(frame.format), frame.width, plane)));
}

int plane_rows(const AVFrame& frame, const AVPixFmtDescriptor& format, int plane) {
  const bool chroma = plane == 1 || plane == 2;
  return chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
}

}  // namespace

Hasher::Hasher() : state_(av_murmur3_alloc()) {
  if (state_) av_murmur3_init(state_.get());
}

void Hasher::add(const void* data, std::size_t size) {
  if (state_) av_murmur3_update(state_.get(), static_cast<const std::uint8_t*>(data), size);
}

std::string Hasher::finish() {
  std::array<std::uint8_t, 16> value{};
  if (state_) av_murmur3_final(state_.get(), value.data());
  return hex(value);
}

std::string hash_frame(const AVFrame& frame) {
  Hasher hasher;
  const std::array<int, 3> shape{frame.width, frame.height, frame.format};
  hasher.add(shape.data(), sizeof shape);
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr) return hasher.finish();
  const int planes = av_pix_fmt_count_planes(static_cast<AVPixelFormat>(frame.format));
  for (int plane = 0; plane < planes && frame.data[plane] != nullptr; ++plane) {
    const std::size_t bytes = row_bytes(frame, plane);
    for (int row = 0; row < plane_rows(frame, *format, plane); ++row)
      hasher.add(frame.data[plane] + static_cast<std::ptrdiff_t>(row) * frame.linesize[plane], bytes);
  }
  return hasher.finish();
}

bool agree(const CutProof& before, const CutProof& after) {
  return before.clean && after.clean && before.frames == after.frames;
}

std::string digest(const CutProof& proof) {
  if (!proof.clean) return {};
  Hasher hasher;
  for (const auto& frame : proof.frames) {
    const std::string line = fmt::format("{} {}\n", frame.pts, frame.hash);
    hasher.add(line.data(), line.size());
  }
  return hasher.finish();
}

void ProofRecorder::see(const AVFrame& frame) {
  if (full() || frame.pts < begin_) return;
  if ((frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0) proof_.clean = false;
  proof_.frames.push_back({frame.pts, hash_frame(frame)});
}

void ProofRecorder::note_error(std::int64_t pts) {
  if (!full() && (pts == AV_NOPTS_VALUE || pts >= begin_)) proof_.clean = false;
}

}  // namespace hevcpool::media

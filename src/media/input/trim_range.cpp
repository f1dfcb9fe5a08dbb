// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/trim_range.h"

#include "media/libav/compat.h"
#include "media/input/input_file.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cmath>
#include <utility>

namespace hevcpool::media {
std::optional<std::int64_t> time_zero_of(const AVFormatContext& format, const AVStream& stream) {
  if (format.start_time != AV_NOPTS_VALUE) return time_zero_of(format);
  if (stream.start_time == AV_NOPTS_VALUE) return std::nullopt;
  return av_rescale_q(stream.start_time, stream.time_base, {1, AV_TIME_BASE});
}

TrimRange::TrimRange(AVRational time_base, std::optional<std::int64_t> zero, const EncodeOptions& options)
    : zero_known_(zero.has_value()), rounding_(av_rescale_q(kTimeRounding, {1, AV_TIME_BASE}, time_base)) {
  const auto time_of = [&](double seconds) {
    return av_rescale_q(zero.value_or(0) + std::llround(seconds * AV_TIME_BASE), {1, AV_TIME_BASE}, time_base);
  };
  const double start = std::max(options.start, 0.0);
  if (start > 0) begin_ = time_of(start);
  if (options.duration > 0) end_ = time_of(start + options.duration);
}

void TrimRange::count_from(std::int64_t first) {
  if (std::exchange(zero_known_, true)) return;
  if (begin_ != INT64_MIN) begin_ += first;
  if (end_ != INT64_MAX) end_ += first;
}

TrimRange::Place TrimRange::place(std::int64_t pts) const {
  if (begin_ != INT64_MIN && pts < begin_ - rounding_) return Place::before;
  return end_ != INT64_MAX && pts >= end_ - rounding_ ? Place::after : Place::inside;
}

Expected<void> FrameOnScreen::keep(const AVFrame& frame) {
  frame_.reset(av_frame_clone(&frame));
  return frame_ ? Expected<void>{} : fail_av("decode", "keep frame", AVERROR(ENOMEM));
}

FramePtr FrameOnScreen::take(const TrimRange& range, std::int64_t pts) {
  FramePtr frame = std::move(frame_);
  if (!frame || range.is_at_begin(pts)) return {};
  set_frame_duration(*frame, pts - range.begin());
  frame->pts = range.begin();
  return frame;
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/stream_rate.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <cmath>

namespace hevcpool::media {
namespace {

AVRational valid_or_unknown(AVRational rate) {
  return rate.num > 0 && rate.den > 0 ? rate : AVRational{0, 1};
}

}  // namespace

StreamRate rate_of(AVFormatContext& format, AVStream& stream) {
  const AVRational average = valid_or_unknown(stream.avg_frame_rate);
  const AVRational guess = valid_or_unknown(av_guess_frame_rate(&format, &stream, nullptr));
  if (average.num == 0 || guess.num == 0) return {guess.num != 0 ? guess : average, false};
  // Averages are measured over a few packets, in the clock's ticks; and no camera runs at 3628800/502589.
  const bool constant = std::abs(av_q2d(average) / av_q2d(guess) - 1) < 0.01 && guess.den <= 1001;
  return {constant ? guess : average, constant};
}

AVRational clock_of(const AVStream& stream, const StreamRate& rate) {
  if (stream.start_time == AV_NOPTS_VALUE && rate.constant) return av_inv_q(rate.nominal);
  return finer_clock(stream.time_base, 90'000);
}

AVRational finer_clock(AVRational base, int ticks_per_second) {
  const std::int64_t parts = av_rescale_rnd(base.num, ticks_per_second, base.den, AV_ROUND_UP);
  AVRational clock = base;
  // Exact, or not at all.
  return av_reduce(&clock.num, &clock.den, base.num, parts * base.den, INT32_MAX) != 0 ? clock : base;
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/stream_rate.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <cmath>
#include <numeric>

namespace hevcpool::media {
namespace {

// No camera takes more pictures in a second. What is above is the tick of a clock, taken for a rate where there is none.
constexpr int kHighestRate = 1000;
// Of a clock whose ticks do not tell frame rates apart (Matroska, FLV and ASF count milliseconds).
constexpr int kCoarseTicksPerSecond = 2000;
constexpr std::int64_t kMostTicksPerSecond = 10'000'000;

bool is_coarse(AVRational time_base) { return av_q2d(time_base) * kCoarseTicksPerSecond >= 1; }

// Within a hundredth, or as near as the ticks of the clock can tell.
bool same_rate(AVRational a, AVRational b, AVRational time_base) {
  if (std::abs(av_q2d(a) / av_q2d(b) - 1) < 0.01) return true;
  return is_coarse(time_base) && std::abs(1 / av_q2d(a) - 1 / av_q2d(b)) <= av_q2d(time_base);
}

}  // namespace

AVRational plausible_rate(AVRational rate, AVRational time_base) {
  if (rate.num <= 0 || rate.den <= 0) return {0, 1};
  const bool a_tick = av_q2d(rate) >= kHighestRate && av_cmp_q(rate, av_inv_q(time_base)) == 0;
  return a_tick || av_q2d(rate) > kHighestRate ? AVRational{0, 1} : rate;
}

// N or N * 1000/1001: headers state nanoseconds, and libav shortens the fraction.
AVRational standard_rate(AVRational rate) {
  constexpr double kRounding = 1e-5;
  const int whole = static_cast<int>(std::lround(av_q2d(rate)));
  for (const AVRational standard : {AVRational{whole, 1}, AVRational{whole * 1000, 1001}})
    if (whole > 0 && std::abs(av_q2d(rate) / av_q2d(standard) - 1) < kRounding) return standard;
  return {0, 1};
}

StreamRate rate_of(AVFormatContext& format, AVStream& stream) {
  const AVRational average = plausible_rate(stream.avg_frame_rate, stream.time_base);
  const AVRational guess = plausible_rate(av_guess_frame_rate(&format, &stream, nullptr), stream.time_base);
  // Of one alone only a clock that ticks once a frame says that all frames keep to it.
  if (average.num == 0 || guess.num == 0) {
    const AVRational rate = guess.num != 0 ? guess : average;
    return {rate, rate.num > 0 && av_cmp_q(rate, av_inv_q(stream.time_base)) == 0};
  }
  // Averages are measured over a few packets, in the clock's ticks; and no camera runs at 3628800/502589.
  if (!same_rate(average, guess, stream.time_base)) return {average, false};
  for (const AVRational rate : {guess, average})
    if (const AVRational standard = standard_rate(rate); standard.num > 0) return {standard, true};
  return guess.den <= 1001 ? StreamRate{guess, true} : StreamRate{average, false};
}

bool keeps_to_grid(const AVStream& stream, const StreamRate& rate) {
  constexpr double kFewestTicks = 4;  // of a frame: else a tick more or less says nothing
  return rate.constant && is_coarse(stream.time_base) &&
         1 / (av_q2d(rate.nominal) * av_q2d(stream.time_base)) >= kFewestTicks;
}

AVRational clock_of(const AVStream& stream, const StreamRate& rate) {
  if (stream.start_time == AV_NOPTS_VALUE && rate.constant) return av_inv_q(rate.nominal);
  const AVRational fine = finer_clock(stream.time_base, 90'000);
  if (!keeps_to_grid(stream, rate)) return fine;
  // A frame is a whole number of ticks, and so is a tick of the stream's clock.
  const std::int64_t ticks = std::lcm<std::int64_t>(stream.time_base.den, rate.nominal.num);
  const std::int64_t both = ticks * ((90'000 + ticks - 1) / ticks);
  return stream.time_base.num == 1 && both <= kMostTicksPerSecond ? AVRational{1, static_cast<int>(both)} : fine;
}

AVRational finer_clock(AVRational base, int ticks_per_second) {
  const std::int64_t parts = av_rescale_rnd(base.num, ticks_per_second, base.den, AV_ROUND_UP);
  AVRational clock = base;
  // Exact, or not at all.
  return av_reduce(&clock.num, &clock.den, base.num, parts * base.den, INT32_MAX) != 0 ? clock : base;
}

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/loudness.h"

#include "media/audio/audio_frames.h"
#include "media/libav/frame_filter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

namespace hevcpool::media {
namespace {

constexpr double kSilence = -70;
constexpr double kHighestPeak = -1;  // dBTP, EBU R128

std::optional<double> number(const char* text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> metadata_number(const AVFrame& frame, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(frame.metadata, key, nullptr, 0);
  return entry ? number(entry->value) : std::nullopt;
}

double decibels(double amplitude) { return amplitude > 0 ? std::max(20 * std::log10(amplitude), kSilence) : kSilence; }

// Each frame carries the values of everything up to it.
void note(const AVFrame& frame, Loudness& loudness) {
  if (const auto value = metadata_number(frame, "lavfi.r128.I")) loudness.integrated = std::max(*value, kSilence);
  if (const auto value = metadata_number(frame, "lavfi.r128.LRA")) loudness.range = *value;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(frame.metadata, "lavfi.r128.true_peaks_ch", entry, AV_DICT_IGNORE_SUFFIX)))
    if (const auto value = number(entry->value)) loudness.true_peak = std::max(loudness.true_peak, decibels(*value));
}

// Adds the length of what was read to `seconds`.
Expected<Loudness> measure(FrameReader& reader, const std::string& before, const std::function<bool()>& cancelled,
                           double& seconds) {
  Loudness loudness;
  AudioFrames frames(reader, before + "ebur128=peak=true:metadata=1:framelog=verbose");
  while (true) {
    if (cancelled && cancelled()) return fail("audio", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const FramePtr frame, frames.next());
    if (!frame) return loudness;
    note(*frame, loudness);
    seconds += static_cast<double>(frame->nb_samples) / frame->sample_rate;
  }
}

}  // namespace

Expected<Loudness> measure_loudness(FrameReader& reader, const std::function<bool()>& cancelled) {
  constexpr double kBlock = 0.4, kEnough = 1;  // seconds; ITU-R BS.1770
  double seconds = 0;
  HEVCPOOL_ASSIGN(Loudness loudness, measure(reader, "", cancelled, seconds));
  if (seconds <= 0 || seconds > kBlock + 0.1 || !is_silent(loudness)) return loudness;
  HEVCPOOL_CHECK(reader.rewind());
  const int more = static_cast<int>(kEnough / seconds) + 1;
  double all = 0;
  HEVCPOOL_ASSIGN(loudness, measure(reader, fmt::format("aloop=loop={}:size={},", more, INT32_MAX), cancelled, all));
  loudness.repeated = true;
  return loudness;
}

bool is_silent(const Loudness& loudness) { return loudness.integrated <= kSilence; }

std::string loudness_gain(const Loudness& measured, double target) {
  if (is_silent(measured)) return "anull";
  const double gain = target - measured.integrated;
  std::string out = fmt::format("volume={:.3f}dB", gain);
  if (measured.true_peak + gain > kHighestPeak)
    out += fmt::format(",alimiter=limit={:.4f}:level=0", std::pow(10.0, kHighestPeak / 20));
  return out;
}

}  // namespace hevcpool::media

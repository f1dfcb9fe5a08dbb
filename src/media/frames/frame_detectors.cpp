// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frame_detectors.h"

#include "media/libav/compat.h"

#include <charconv>
#include <cstring>

namespace hevcpool::media {
namespace {

constexpr double kShortestBlack = 0.1, kShortestFreeze = 0.5;  // seconds

std::optional<double> metadata(const AVFrame& frame, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(frame.metadata, key, nullptr, 0);
  if (!entry) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(entry->value, entry->value + std::strlen(entry->value), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::string graph_for(const Frames& options) {
  std::string out;
  const auto add = [&out](const std::string& filter) { out += (out.empty() ? "" : ",") + filter; };
  if (options.scenes) add(fmt::format("scdet=t={}", options.scene_threshold));
  if (options.black) add(fmt::format("blackdetect=d={}", kShortestBlack));
  if (options.freeze) add(fmt::format("freezedetect=d={}", kShortestFreeze));
  return out;
}

}  // namespace

bool is_key(const AVFrame& frame) { return is_key_frame(frame); }

FrameDetectors::FrameDetectors(const Frames& options, AVRational time_base, double start)
    : graph_(graph_for(options)), time_base_(time_base), start_(start) {}

void FrameDetectors::Spans::note(const std::optional<double>& start, const std::optional<double>& end) {
  if (start) open = start;
  if (!end || !open) return;
  spans.push_back({*open, *end});
  open.reset();
}

std::optional<double> FrameDetectors::time(const AVFrame& frame, const char* key) const {
  const auto value = metadata(frame, key);
  return value ? std::optional(*value - start_) : std::nullopt;
}

std::optional<double> FrameDetectors::note(const AVFrame& frame) {
  const auto score = metadata(frame, "lavfi.scd.score");
  if (const auto when = time(frame, "lavfi.scd.time")) scenes_.push_back({*when, score.value_or(0)});
  black_.note(time(frame, "lavfi.black_start"), time(frame, "lavfi.black_end"));
  frozen_.note(time(frame, "lavfi.freezedetect.freeze_start"), time(frame, "lavfi.freezedetect.freeze_end"));
  return score;
}

Expected<std::optional<double>> FrameDetectors::take(const AVFrame& frame) {
  std::optional<double> score;
  if (graph_.empty()) return score;
  if (!filter_ || !filter_->fits(frame)) {
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(frame, time_base_, {25, 1}, graph_));
  }
  HEVCPOOL_CHECK(filter_->push(&frame));
  while (true) {
    HEVCPOOL_ASSIGN(const FramePtr seen, filter_->pull());
    if (!seen) return score;
    score = note(*seen);
  }
}

void FrameDetectors::finish(double end) {
  black_.note(std::nullopt, end);
  frozen_.note(std::nullopt, end);
}

}  // namespace hevcpool::media

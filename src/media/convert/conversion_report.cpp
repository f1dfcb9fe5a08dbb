// SPDX-License-Identifier: GPL-2.0-or-later
// What a conversion tells of itself, while it runs and afterwards.
#include "media/convert/conversion.h"

#include <algorithm>
#include <cmath>

namespace hevcpool::media {

namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

}  // namespace

const Conversion::Route* Conversion::first_video() const {
  const auto first = std::ranges::find_if(routes_, [](const Route& route) { return route.video != nullptr; });
  return first == routes_.end() ? nullptr : &*first;
}

Conversion::Reached Conversion::reached_by(const Route& route) {
  const VideoTrackStats& stats = route.video->stats();
  return {.frames = stats.packets_out, .first_pts = stats.first_pts, .last_pts = stats.last_pts};
}

// Of the bytes: for a source that does not say how long it is.
double Conversion::part_read() const {
  return inspection_.bytes > 0 ? static_cast<double>(position_.load()) / static_cast<double>(inspection_.bytes) : 0;
}

// Of the first video stream.
void Conversion::report_progress(const Reached& reached) {
  const auto now = std::chrono::steady_clock::now();
  if (!request_.on_progress || now - reported_ < kBetweenReports) return;
  reported_ = now;
  EncodeProgress progress;
  progress.frames = reached.frames;
  progress.fps = static_cast<double>(reached.frames) / std::chrono::duration<double>(now - started_).count();
  if (reached.last_pts != AV_NOPTS_VALUE)
    progress.media_seconds =
        static_cast<double>(reached.last_pts - reached.first_pts) * av_q2d(first_video()->video->time_base());
  double whole = inspection_.duration;
  if (end_ != INT64_MAX) whole = request_.options.duration;
  progress.fraction = std::min(1.0, whole > 0 ? progress.media_seconds / whole : part_read());
  if (request_.options.two_pass) progress.fraction = progress.fraction / 2 + (pass_ == 2 ? 0.5 : 0);
  progress.bytes_out = output_ ? output_->bytes() : 0;
  request_.on_progress(progress);
}

std::int64_t Conversion::frames() const {
  for (const Route& route : routes_)
    if (route.video) return route.video->stats().packets_out;
  return 0;
}

bool Conversion::read_everything() const {
  if (end_ != INT64_MAX) return false;
  return std::ranges::none_of(routes_, [](const Route& r) { return r.source && r.source->discard == AVDISCARD_ALL; });
}

std::int64_t Conversion::decode_errors() const {
  std::int64_t errors = 0;
  for (const Route& route : routes_)
    if (route.video) errors += route.video->stats().decode_errors;
  return errors;
}

std::int64_t Conversion::harmed_frames() const {
  std::int64_t frames = 0;
  for (const Route& route : routes_)
    if (route.video) frames += std::max(route.video->stats().decode_errors, route.video->stats().frames_before_clean);
  return frames;
}

// Of what precedes the first clean frame only so much comes with a recording that begins anywhere.
FrameDamage Conversion::frame_damage() const {
  constexpr std::int64_t kLongestGroup = 600;
  FrameDamage damage;
  for (const Route& route : routes_) {
    if (!route.video) continue;
    const VideoTrackStats& stats = route.video->stats();
    const std::int64_t late = std::min(stats.frames_before_clean, kLongestGroup);
    damage.frames += std::max(stats.frames_decoded, stats.packets_in);
    damage.before_clean += late;
    damage.harmed += std::max<std::int64_t>(0, stats.decode_errors - stats.errors_before_clean) +
                     stats.frames_before_clean - late;
  }
  return damage;
}

std::vector<StreamCount> Conversion::outputs() const {
  std::vector<StreamCount> counts = output_->counts();
  for (const Route& route : routes_)
    if (route.output >= 0 && route.active()) counts[static_cast<std::size_t>(route.output)].source_end = source_end(route);
  return counts;
}

// Damage may end a stream sooner, filters at another time, and cues are put together.
std::optional<double> Conversion::source_end(const Route& route) const {
  const EncodeOptions& options = request_.options;
  const bool damaged_sound = std::ranges::find(notes_.warnings(), "damaged_sound", &Warning::code) != notes_.warnings().end();
  const bool told = route.video ? options.vf.empty() && options.fps.empty() && end_ == INT64_MAX &&
                                      route.video->stats().decode_errors == 0
                                : route.plan->action == StreamPlan::Action::copy ||
                                      (route.plan->type == "audio" && !damaged_sound);
  const auto end = route.reach.end();
  if (!told || !end) return std::nullopt;
  const double seconds = static_cast<double>(*end) * av_q2d(route.source->time_base) - static_cast<double>(offset_) / AV_TIME_BASE;
  return options.start > 0 ? std::max(0.0, seconds) : seconds;  // a picture that is on at the start begins there
}

}  // namespace hevcpool::media

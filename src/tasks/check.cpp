// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/check.h"

#include "media/audio/audio_request.h"
#include "media/mux/container.h"
#include "media/video/video_track.h"

#include <cmath>

namespace hevcpool::tasks {

namespace {

std::optional<std::string> check_numbers(const EncodeOptions& options) {
  if (options.crf && !(*options.crf >= 0 && *options.crf <= 51)) return "crf: must be from 0 to 51";
  if (options.two_pass && options.bitrate == 0) return "two-pass: needs a bitrate";
  if (options.crf && options.bitrate > 0) return "crf and bitrate: only one of them can rule";
  if (options.lossless && (options.crf || options.bitrate > 0)) return "lossless: goes with neither crf nor bitrate";
  if (!(options.start >= 0) || std::isinf(options.start)) return "start: must not be negative";
  if (!(options.duration >= 0) || std::isinf(options.duration)) return "duration: must not be negative";
  if (!(options.min_saving >= 0 && options.min_saving < 100)) return "min-saving: must be a percentage below 100";
  if (options.threads < 1) return "threads: must be at least 1";
  if (options.max_errors < -2) return "max-errors: must be a number, a percentage or any";
  if (options.max_damage && !(*options.max_damage >= 0 && *options.max_damage <= 100))
    return "max-errors: a percentage must be from 0 to 100";
  return std::nullopt;
}

std::optional<std::string> check_subtitles(const EncodeOptions& options) {
  if (options.subs == "copy" || options.subs == "none") return std::nullopt;
  return "subs: must be copy or none, not " + options.subs;
}

std::optional<std::string> check_sound(const EncodeOptions& options) {
  const auto audio = media::parse_audio_request(options.audio);
  if (!audio) return audio.error().message;
  const bool encoded = audio->action == media::AudioRequest::Action::encode;
  if (!encoded || options.container == Container::automatic || media::holds_sound(options.container, audio->codec))
    return std::nullopt;
  return fmt::format("audio: {} cannot hold {}", media::container_title(options.container), options.audio);
}

}  // namespace

std::optional<std::string> check_options(const EncodeOptions& options) {
  if (auto problem = check_numbers(options)) return problem;
  if (auto problem = check_subtitles(options)) return problem;
  if (auto problem = check_sound(options)) return problem;
  if (auto video = media::validate_video_options(options); !video) return video.error().message;
  return std::nullopt;
}

}  // namespace hevcpool::tasks

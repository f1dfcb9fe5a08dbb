// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/request_json.h"

#include "media/still/still_encoder.h"
#include "media/still/thumbnail_times.h"
#include "tasks/check.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace hevcpool::tasks {
namespace {

using Problem = std::optional<FieldError>;

constexpr int kLargestSide = 16384;
constexpr unsigned kMostPictures = 200;  // descriptors that fit into one message
constexpr unsigned kMostOnSheet = 4096;

Problem check_limits(const Limits& limits) {
  if (limits.timeout.count() < 0) return FieldError{"timeout", "must not be negative"};
  if (limits.stall_timeout.count() < 0) return FieldError{"stall_timeout", "must not be negative"};
  return std::nullopt;
}

Problem check_still(const StillOptions& options) {
  if (options.width < 0 || options.width > kLargestSide) return FieldError{"width", "must be 0 to 16384"};
  if (options.height < 0 || options.height > kLargestSide) return FieldError{"height", "must be 0 to 16384"};
  if (options.quality < 1 || options.quality > 100) return FieldError{"quality", "must be 1 to 100"};
  if (options.crop_to_fill && (!options.width || !options.height))
    return FieldError{"crop_to_fill", "needs width and height"};
  return std::nullopt;
}

// A name that says what is not made would only mislead; one that says nothing is the caller's affair.
Problem check_picture_name(const std::string& name, const StillOptions& options, const char* field) {
  const std::string file = name.substr(name.rfind('/') + 1);
  const auto dot = file.rfind('.');
  const bool says_something = dot != std::string::npos && dot > 0 && dot + 1 < file.size();
  if (options.format != StillFormat::automatic || !says_something) return std::nullopt;
  if (media::still_format_of(file) != StillFormat::automatic) return std::nullopt;
  return FieldError{field, "\"" + file + "\" is none of .jpg, .png, .webp, and no format is asked for"};
}

Problem check(const Encode& request) {
  if (const auto wrong = check_options(request.options)) return FieldError{"", *wrong};
  if (request.timeout.count() < 0) return FieldError{"timeout", "must not be negative"};
  if (!(request.replace_max_damage >= 0 && request.replace_max_damage <= 100))
    return FieldError{"replace_max_damage", "must be 0 to 100"};
  return std::nullopt;
}

Problem check(const Probe& request) { return check_limits(request.limits); }

Problem check_counts(const Thumbnail& request) {
  const auto pictures = request.at.empty() ? request.count : request.at.size();
  if (pictures < 1) return FieldError{"count", "must be at least 1"};
  if (request.columns == 0 && pictures > kMostPictures) return FieldError{"count", "at most 200 without a sheet"};
  if (pictures > kMostOnSheet) return FieldError{"count", "at most 4096 on a sheet"};
  const auto files = request.columns > 0 ? 1 : pictures;
  if (!request.outputs.empty() && request.outputs.size() != files)
    return FieldError{"outputs", "must name " + std::to_string(files) + " file(s)"};
  return std::nullopt;
}

Problem check(const Thumbnail& request) {
  for (const std::string& moment : request.at)
    if (!media::valid_moment(moment))
      return FieldError{"at", "\"" + moment + "\" is not a time (seconds, [h:]m:s or N%)"};
  if (request.nearest && request.best) return FieldError{"best", "excludes nearest"};
  if (!request.map.empty() && request.columns == 0) return FieldError{"map", "needs columns"};
  if (request.gap < 0 || request.gap > 1024) return FieldError{"gap", "must be 0 to 1024"};
  if (auto problem = check_counts(request)) return problem;
  for (const std::string& output : request.outputs)
    if (auto problem = check_picture_name(output, request.picture, "outputs")) return problem;
  if (auto problem = check_still(request.picture)) return problem;
  return check_limits(request.limits);
}

Problem check(const Clip& request) {
  if (!(request.start >= 0) || !std::isfinite(request.start)) return FieldError{"start", "must not be negative"};
  if (!(request.duration >= 0) || !std::isfinite(request.duration))
    return FieldError{"duration", "must not be negative"};
  if (const auto wrong = check_options(request.options)) return FieldError{"", *wrong};
  return check_limits(request.limits);
}

Problem check(const AudioExtract& request) {
  static constexpr std::array<std::string_view, 6> kCodecs{"copy", "aac", "opus", "flac", "mp3", "wav"};
  if (std::find(kCodecs.begin(), kCodecs.end(), request.codec) == kCodecs.end())
    return FieldError{"codec", "must be one of copy, aac, opus, flac, mp3, wav"};
  if (request.all_tracks && !request.tracks.empty()) return FieldError{"tracks", "excludes all_tracks"};
  if (request.tracks.size() > kMostPictures) return FieldError{"tracks", "are too many"};
  for (const int track : request.tracks)
    if (track < 0) return FieldError{"tracks", "count from 0"};
  if (request.normalise && request.codec == "copy") return FieldError{"normalise", "needs a codec other than copy"};
  if (request.normalise && !(*request.normalise >= -70 && *request.normalise <= -5))
    return FieldError{"normalise", "must be -70 to -5"};
  return check_limits(request.limits);
}

Problem check(const Image& request) {
  if (auto problem = check_picture_name(request.output, request.picture, "output")) return problem;
  if (auto problem = check_still(request.picture)) return problem;
  return check_limits(request.limits);
}

Problem check(const Frames& request) {
  if ((request.ssim || request.psnr) && request.reference.empty())
    return FieldError{"reference", "is needed for ssim and psnr"};
  if (!(request.scene_threshold >= 0 && request.scene_threshold <= 100))
    return FieldError{"scene_threshold", "must be 0 to 100"};
  if (nlohmann::json::parse(request.argument, nullptr, false).is_discarded())
    return FieldError{"argument", "must be JSON text"};
  return check_limits(request.limits);
}

}  // namespace

Problem check_request(const AnyTask& request) {
  return std::visit(
      [](const auto& value) -> Problem {
        if (value.input.empty()) return FieldError{"input", "is missing"};
        return check(value);
      },
      request);
}

}  // namespace hevcpool::tasks

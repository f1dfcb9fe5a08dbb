// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_extract.h"

#include "tasks/small_task.h"

namespace hevcpool::tasks {
namespace {

nlohmann::json track_json(const media::ExtractedTrack& track) {
  nlohmann::json out{{"track", track.track}, {"stream", track.stream}, {"codec", track.codec},
                     {"extension", track.extension}, {"language", track.language}, {"title", track.title},
                     {"packets", track.packets}, {"seconds", track.seconds}, {"bytes", track.bytes}};
  if (track.loudness)
    out["loudness"] = {{"integrated", track.loudness->integrated}, {"range", track.loudness->range},
                       {"true_peak", track.loudness->true_peak}};
  return out;
}

}  // namespace

TaskResult audio_task(TaskContext& context) {
  return run_small<AudioExtract>(context, 2, [&](const SmallArgument& argument,
                                                 const AudioExtract& request) -> Expected<nlohmann::json> {
    const auto fds = context.descriptors();
    HEVCPOOL_ASSIGN(const auto report, media::extract_audio({.source = fds[0],
                                                             .name = argument.name,
                                                             .options = request,
                                                             .targets = {fds.begin() + 1, fds.end()},
                                                             .target_name = argument.output_name,
                                                             .cancelled = [&] { return context.cancelled(); }}));
    nlohmann::json tracks = nlohmann::json::array();
    std::uint64_t bytes = 0;
    for (const auto& track : report.tracks) {
      tracks.push_back(track_json(track));
      bytes += track.bytes;
    }
    return nlohmann::json{{"tracks", std::move(tracks)}, {"bytes_out", bytes},
                          {"warnings", warnings_json(report.warnings)}};
  });
}

}  // namespace hevcpool::tasks

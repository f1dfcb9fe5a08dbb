// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/options/option_values.h"
#include "cli/commands/task_commands.h"
#include "plan/paths/video_names.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace hevcpool::cli {
namespace fs = std::filesystem;
namespace {

void add_audio_options(CLI::App& app, AudioExtract& audio) {
  app.option_defaults()->group("Audio");
  app.add_option("--codec", audio.codec, "copy (default), aac, opus, flac, mp3 or wav")
      ->check(CLI::IsMember({"copy", "aac", "opus", "flac", "mp3", "wav"}));
  app.add_option("--bitrate", [&audio](const CLI::results_t& results) {
    const auto value = parse_bitrate(results.back());
    if (!value) throw CLI::ValidationError("--bitrate", value.error().message);
    audio.bitrate = *value;
    return true;
  }, "Bit rate of the encoder; default: the encoder's own")->type_name("RATE");
  app.add_option("--track", audio.tracks, "Audio tracks, counted from 0; default: the one that players choose")
      ->delimiter(',')->take_all()->allow_extra_args(false);
  app.add_flag("--all", audio.all_tracks, "Write every track into its own file");
  app.add_flag("--loudness", audio.loudness, "Measure EBU R128: integrated, range, true peak");
  app.add_option("--normalise,--normalize", audio.normalise, "Normalise the loudness to this many LUFS (EBU R128: -23)");
}

// Sound beside a video of its name is what an earlier walk took out of it: with --overwrite it is made anew, not read.
void leave_out_made(std::vector<TaskInput>& inputs, const TaskOptions& options) {
  if (options.overwrite != Overwrite::always) return;
  std::set<fs::path> videos;
  for (const TaskInput& each : inputs)
    if (plan::is_video_name(each.path)) videos.insert(fs::path(each.path).replace_extension());
  std::erase_if(inputs, [&](const TaskInput& each) {
    const bool named = std::ranges::find(options.inputs, each.path) != options.inputs.end();
    if (named || plan::is_video_name(each.path)) return false;
    const fs::path stem = fs::path(each.path).replace_extension();  // "film", or "film.2" of the third track
    return videos.contains(stem) || videos.contains(fs::path(stem).replace_extension());
  });
}

}  // namespace

int audio_command(int argc, const char* const* argv) {
  TaskOptions options;
  options.skip_made = true;
  AudioExtract audio;
  CLI::App app("Extracts the audio of files: copied into its usual container, or encoded.", "hevcpool audio");
  add_task_options(app, options, true);
  add_audio_options(app, audio);
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  auto inputs = expand_task_inputs(options, "", plan::is_sound_name);
  if (!inputs) return refuse("hevcpool audio", inputs.error().message);
  leave_out_made(*inputs, options);
  // in a folder the names come from the tracks: only the stem is given
  const bool file = inputs->size() == 1 && !options.output.empty() && inputs->front().output == options.output;
  auto tasks = tasks_from<AudioExtract>(*inputs, audio, options, [&](AudioExtract& request, const TaskInput& input) {
    request.output = input.output;
    if (!file && !input.output.empty())
      request.output = fs::path(input.output).parent_path().native() + "/";
  });
  if (!tasks) return refuse("hevcpool audio", tasks.error().message);
  const auto output_mode = audio.loudness || audio.normalise ? OutputMode::findings : OutputMode::jobs;
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool audio", .output_mode = output_mode, .results = {}});
}

}  // namespace hevcpool::cli

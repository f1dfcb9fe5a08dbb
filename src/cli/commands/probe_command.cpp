// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/commands/task_commands.h"
#include "plan/paths/video_names.h"

namespace hevcpool::cli {

int probe_command(int argc, const char* const* argv) {
  TaskOptions options;
  Probe probe;
  CLI::App app("Prints metadata as ffprobe's JSON: one document for one file, a line for each of several.",
               "hevcpool probe");
  add_task_options(app, options, false);
  app.option_defaults()->group("Probe");
  app.add_flag("--frames", probe.frames, "Count the frames of video streams by decoding them");
  app.add_flag("--keyframes", probe.keyframes, "List the times of key frames");
  app.add_flag("--compact", options.compact, "Print the document of a single file on one line, too");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  const auto inputs = expand_task_inputs(options, "", plan::is_sound_name);
  if (!inputs) return refuse("hevcpool probe", inputs.error().message);
  auto tasks = tasks_from<Probe>(*inputs, probe, options, [](Probe&, const TaskInput&) {});
  if (!tasks) return refuse("hevcpool probe", tasks.error().message);
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool probe", .output_mode = OutputMode::documents, .results = {}});
}

}  // namespace hevcpool::cli

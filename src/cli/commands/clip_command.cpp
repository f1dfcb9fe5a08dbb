// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/options/option_kinds.h"
#include "cli/commands/task_commands.h"

namespace hevcpool::cli {

int clip_command(int argc, const char* const* argv) {
  TaskOptions options;
  options.skip_made = true;
  Clip clip;
  bool exact = false, smart = false;
  CLI::App app("Cuts a clip out of videos. Default: copies, from the key frame at or before the start.",
               "hevcpool clip");
  add_task_options(app, options, true);
  app.option_defaults()->group("Clip");
  add_time(app, "--start", clip.start, "Start at TIME, seconds or [h:]m:s");
  add_time(app, "--duration", clip.duration, "Length of the clip; default: to the end");
  auto* exactly = app.add_flag("--exact", exact, "Exact to the frame: encode everything to HEVC");
  app.add_flag("--smart", smart, "Exact to the frame: encode only up to the first key frame, copy the rest")->excludes(exactly);
  app.add_option("--crf", clip.options.crf, "CRF of what is encoded, 0 to 51; default 28")
      ->check(CLI::Range(0.0, 51.0));
  app.add_flag("--strict", clip.options.strict, "Fail instead of dropping what the container cannot hold");
  app.add_option("--preset", clip.options.preset, "x265 preset; default medium");
  add_max_errors(app, clip.options);
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  clip.mode = exact ? ClipMode::exact : smart ? ClipMode::smart : ClipMode::copy;
  const auto inputs = expand_task_inputs(options, "");
  if (!inputs) return refuse("hevcpool clip", inputs.error().message);
  auto tasks = tasks_from<Clip>(*inputs, clip, options,
                                [](Clip& request, const TaskInput& input) { request.output = input.output; });
  if (!tasks) return refuse("hevcpool clip", tasks.error().message);
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool clip", .output_mode = OutputMode::jobs, .results = {}});
}

}  // namespace hevcpool::cli

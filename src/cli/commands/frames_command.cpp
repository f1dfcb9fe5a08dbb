// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/commands/task_commands.h"

namespace hevcpool::cli {
namespace {

void add_frames_options(CLI::App& app, Frames& frames) {
  app.option_defaults()->group("Frames");
  app.add_flag("--luma", frames.luma, "Mean luma, 0 to 255");
  app.add_flag("--scenes", frames.scenes, "Scene changes");
  app.add_option("--scene-threshold", frames.scene_threshold, "0 to 100; default 10");
  app.add_flag("--black", frames.black, "Black spans");
  app.add_flag("--freeze", frames.freeze, "Frozen spans");
  app.add_option("--reference", frames.reference, "A file to compare with, frame by frame")->type_name("FILE");
  app.add_flag("--ssim", frames.ssim, "Structural similarity to --reference");
  app.add_flag("--psnr", frames.psnr, "Peak signal-to-noise ratio to --reference");
}

}  // namespace

int frames_command(int argc, const char* const* argv) {
  TaskOptions options;
  Frames frames;
  CLI::App app("Counts frames and says what is in them. With -o: a list of the frames, as CSV, a JSON\n"
               "array (.json) or lines of JSON (.jsonl, .ndjson).",
               "hevcpool frames");
  add_task_options(app, options, true);
  add_frames_options(app, frames);
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  const auto inputs = expand_task_inputs(options, ".csv");
  if (!inputs) return refuse("hevcpool frames", inputs.error().message);
  auto tasks = tasks_from<Frames>(*inputs, frames, options,
                                  [](Frames& request, const TaskInput& input) { request.output = input.output; });
  if (!tasks) return refuse("hevcpool frames", tasks.error().message);
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool frames", .output_mode = OutputMode::findings, .results = {}});
}

}  // namespace hevcpool::cli

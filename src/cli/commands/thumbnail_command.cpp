// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/options/picture_options.h"
#include "cli/commands/task_commands.h"

#include <fmt/format.h>

namespace hevcpool::cli {
namespace {

const char* extension(StillFormat format) {
  if (format == StillFormat::png) return ".png";
  return format == StillFormat::webp ? ".webp" : ".jpg";
}

// "a.jpg" for one picture; "a-1.jpg", "a-2.jpg" for more.
void set_outputs(Thumbnail& request, const TaskInput& input) {
  if (input.output.empty()) return;
  const auto pictures = request.at.empty() ? request.count : request.at.size();
  if (request.columns > 0 || pictures == 1) {
    request.outputs = {input.output};
    return;
  }
  const auto dot = input.output.rfind('.');
  const auto slash = input.output.rfind('/');
  const bool has = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  const std::string stem = input.output.substr(0, has ? dot : input.output.size());
  for (std::size_t i = 1; i <= pictures; ++i)
    request.outputs.push_back(fmt::format("{}-{}{}", stem, i, has ? input.output.substr(dot) : ".jpg"));
}

void set_map(Thumbnail& request, const TaskInput& input) {
  const std::string sheet = request.outputs.empty() ? input.path + ".thumb" : request.outputs.front();
  request.map = sheet.substr(0, sheet.rfind('.')) + (request.outputs.empty() ? ".thumb.vtt" : ".vtt");
}

}  // namespace

int thumbnail_command(int argc, const char* const* argv) {
  TaskOptions options;
  options.skip_made = true;
  Thumbnail thumbnail;
  bool map = false;
  CLI::App app("Makes thumbnails of videos. Default: one, from the middle.", "hevcpool thumbnail");
  add_task_options(app, options, true);
  add_picture_options(app, thumbnail.picture);
  app.option_defaults()->group("Moments");
  app.add_option("--at", thumbnail.at, "Seconds, [h:]m:s or a percentage; several with commas or repeated")
      ->delimiter(',')->take_all()->allow_extra_args(false);
  app.add_option("-n,--count", thumbnail.count, "Number of pictures, evenly spread");
  app.add_flag("--nearest", thumbnail.nearest, "Take the nearest key frame instead of the exact frame: much faster");
  app.add_flag("--best", thumbnail.best, "Take the most representative frame of the second from there");
  app.option_defaults()->group("Sheet");
  app.add_option("--columns", thumbnail.columns, "Put all pictures on one sheet with this many columns");
  app.add_option("--gap", thumbnail.gap, "Pixels between the pictures of a sheet");
  app.add_flag("--vtt", map, "Write a WebVTT map beside the sheet");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  const auto inputs = expand_task_inputs(options, extension(thumbnail.picture.format));
  if (!inputs) return refuse("hevcpool thumbnail", inputs.error().message);
  auto tasks = tasks_from<Thumbnail>(*inputs, thumbnail, options, [map](Thumbnail& request, const TaskInput& input) {
    set_outputs(request, input);
    if (map) set_map(request, input);
  });
  if (!tasks) return refuse("hevcpool thumbnail", tasks.error().message);
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool thumbnail", .output_mode = OutputMode::jobs, .results = {}});
}

}  // namespace hevcpool::cli

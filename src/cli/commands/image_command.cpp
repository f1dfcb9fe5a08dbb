// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/command_tasks.h"
#include "cli/options/picture_options.h"
#include "cli/commands/task_commands.h"
#include "plan/paths/video_names.h"

namespace hevcpool::cli {
namespace {

std::string extension(StillFormat format) {
  if (format == StillFormat::png) return ".png";
  if (format == StillFormat::webp) return ".webp";
  return ".jpg";
}

}  // namespace

int image_command(int argc, const char* const* argv) {
  TaskOptions options;
  options.skip_made = true;
  Image image;
  CLI::App app("Converts still pictures: format, size, grey scale. Folders are walked for pictures.", "hevcpool image");
  add_task_options(app, options, true);
  add_picture_options(app, image.picture);
  app.add_flag("--upright", image.apply_orientation,
               "Rotate the pixels of a JPEG instead of keeping its orientation tag");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  const auto inputs = expand_task_inputs(options, extension(image.picture.format), plan::is_image_name);
  if (!inputs) return refuse("hevcpool image", inputs.error().message);
  auto tasks = tasks_from<Image>(*inputs, image, options,
                                 [](Image& request, const TaskInput& input) { request.output = input.output; });
  if (!tasks) return refuse("hevcpool image", tasks.error().message);
  return run_tasks(std::move(*tasks), options, {.command = "hevcpool image", .output_mode = OutputMode::jobs, .results = {}});
}

}  // namespace hevcpool::cli

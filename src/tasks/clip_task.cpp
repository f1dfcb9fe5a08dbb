// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip.h"

#include "tasks/small_task.h"

namespace hevcpool::tasks {

TaskResult clip_task(TaskContext& context) {
  return run_small<Clip>(context, 2, [&](const SmallArgument& argument,
                                         const Clip& request) -> Expected<nlohmann::json> {
    const auto fds = context.descriptors();
    ProgressSender sender(context);
    media::ClipRequest work{.source = fds[0], .target = fds[1], .name = argument.name,
                            .output_name = argument.output_name, .options = request};
    if (request.options.two_pass) work.scratch_folder = context.scratch_folder();
    work.on_progress = [&sender](const EncodeProgress& progress) { sender.send(progress); };
    work.cancelled = [&context] { return context.cancelled(); };
    HEVCPOOL_ASSIGN(const auto report, media::cut_clip(work));
    return nlohmann::json{{"start", report.start}, {"duration", report.duration}, {"reencoded", report.reencoded},
                          {"encoded_frames", report.encoded_frames},
                          {"frames", report.packets}, {"bytes_out", report.bytes},
                          {"warnings", warnings_json(report.warnings)}};
  });
}

}  // namespace hevcpool::tasks

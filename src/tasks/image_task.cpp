// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/image.h"

#include "tasks/small_task.h"

namespace hevcpool::tasks {

TaskResult image_task(TaskContext& context) {
  return run_small<Image>(context, 2, [&](const SmallArgument& argument,
                                          const Image& request) -> Expected<nlohmann::json> {
    const auto fds = context.descriptors();
    HEVCPOOL_ASSIGN(const auto report, media::convert_image({.source = fds[0], .name = argument.name,
                                                             .options = request, .target = fds[1]}));
    return nlohmann::json{{"width", report.width}, {"height", report.height}, {"orientation", report.orientation},
                          {"source_codec", report.source_codec}, {"bytes_out", report.bytes},
                          {"warnings", warnings_json(report.warnings)}};
  });
}

}  // namespace hevcpool::tasks

// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/thumbnail.h"

#include "tasks/small_task.h"

namespace hevcpool::tasks {
namespace {

nlohmann::json answer_of(const media::ThumbnailReport& report) {
  nlohmann::json pictures = nlohmann::json::array();
  for (const auto& picture : report.pictures)
    pictures.push_back({{"seconds", picture.seconds}, {"key_frame", picture.key_frame}});
  nlohmann::json out{{"pictures", std::move(pictures)}, {"width", report.width}, {"height", report.height},
                     {"bytes_out", report.bytes}, {"warnings", warnings_json(report.warnings)}};
  if (report.sheet_width > 0) {
    out["sheet_width"] = report.sheet_width;
    out["sheet_height"] = report.sheet_height;
  }
  return out;
}

}  // namespace

TaskResult thumbnail_task(TaskContext& context) {
  return run_small<Thumbnail>(context, 2, [&](const SmallArgument& argument,
                                              const Thumbnail& request) -> Expected<nlohmann::json> {
    const auto fds = context.descriptors();
    const bool map = !request.map.empty();
    media::ThumbnailRequest work{.source = fds[0], .name = argument.name, .options = request};
    work.targets.assign(fds.begin() + 1, fds.end() - (map ? 1 : 0));
    work.map = map ? fds.back() : -1;
    work.sheet_name = argument.output_name;
    work.cancelled = [&context] { return context.cancelled(); };
    HEVCPOOL_ASSIGN(const auto report, media::thumbnail(work));
    return answer_of(report);
  });
}

}  // namespace hevcpool::tasks

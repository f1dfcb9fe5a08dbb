// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/sample_task.h"

#include "media/libav/log_capture.h"
#include "media/sample/sample_clip.h"
#include "tasks/run.h"

#include <nlohmann/json.hpp>

namespace hevcpool::tasks {

TaskResult sample_task(TaskContext& context) {
  const media::LogCapture log;
  const auto argument = nlohmann::json::parse(context.argument(), nullptr, false);
  if (!argument.is_object() || !argument.value("video", nlohmann::json()).is_string())
    return TaskError{"request", "bad_argument", "a sample clip needs a description of its video", {}};
  if (const auto enough = need_descriptors(context, 1); !enough) return task_error(enough.error());
  media::SampleClipRequest request;
  request.target = context.descriptors()[0];
  request.video = argument.value("video", "");
  request.audio = argument.value("audio", "");
  request.quality = argument.value("quality", request.quality);
  request.cancelled = [&context] { return context.cancelled(); };
  const auto report = media::make_sample_clip(request);
  if (!report) return task_error(report.error(), media::LogCapture::tail());
  return nlohmann::json{{"frames", report->frames}, {"bytes", report->bytes}}.dump();
}

}  // namespace hevcpool::tasks

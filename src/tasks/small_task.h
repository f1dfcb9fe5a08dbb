// SPDX-License-Identifier: GPL-2.0-or-later
// What the tasks of one step share: their argument (the request and the source's name), reading and answering.
//
//   probe      [source]                       the document
//   thumbnail  [source; targets...; map]      pictures, one sheet, and perhaps its map
//   audio      [source; targets...]           one track each, as many as there are
//   image      [source; target]
//   frames     [source; reference?; target?]
//   clip       [source; target]
#pragma once

#include "base/error.h"
#include "media/libav/log_capture.h"
#include "media/libav/diagnostics.h"
#include "tasks/request_json.h"
#include "tasks/run.h"

#include <nlohmann/json.hpp>

namespace hevcpool::tasks {

struct SmallArgument {
  std::string name;        // of the source, without folders: a hint for the demuxer
  AnyTask request;
  std::string output_name; // what a WebVTT map calls its sheet
};

std::string small_argument_text(const SmallArgument& argument);
Expected<SmallArgument> small_argument_from(std::string_view text);

nlohmann::json warnings_json(const std::vector<media::Warning>& warnings);

inline std::string answer_text(const nlohmann::json& answer) {
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
inline std::string answer_text(std::string& text) { return std::move(text); }  // is JSON already

// Reads the argument, which must be a `Request`, and runs `work(argument, request)`, which gives any JSON, as a
// tree or as text.
template <class Request, class Work>
TaskResult run_small(TaskContext& context, std::size_t descriptors, Work work) {
  const media::LogCapture log;
  auto argument = small_argument_from(context.argument());
  if (!argument) return task_error(argument.error());
  const auto* request = std::get_if<Request>(&argument->request);
  if (!request) return task_error({"request", "bad_argument", "the argument is of another task"});
  if (auto enough = need_descriptors(context, descriptors); !enough) return task_error(enough.error());
  auto answer = work(*argument, *request);
  if (!answer) return task_error(answer.error(), media::LogCapture::tail());
  return answer_text(*answer);
}

TaskResult probe_task(TaskContext& context);
TaskResult probe_loop_task(TaskContext& context);  // for measurements: libav alone
TaskResult thumbnail_task(TaskContext& context);
TaskResult audio_task(TaskContext& context);
TaskResult image_task(TaskContext& context);
TaskResult frames_task(TaskContext& context);
TaskResult clip_task(TaskContext& context);

}  // namespace hevcpool::tasks

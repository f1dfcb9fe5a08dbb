// SPDX-License-Identifier: GPL-2.0-or-later
// The result of an encode job as JSON.
#include "host/encode_job.h"
#include "host/failure_cause.h"
#include "host/files.h"
#include "host/outputs.h"
#include "host/path_text.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace hevcpool::host {

namespace {

const char* status_name(plan::Ending ending, bool dry_run) {
  switch (ending) {
    case plan::Ending::ok: return dry_run ? "planned" : "ok";
    case plan::Ending::skipped: return "skipped";
    case plan::Ending::failed: return "failed";
    case plan::Ending::cancelled: return "cancelled";
  }
  return "failed";
}

}  // namespace

double EncodeJob::seconds() const {
  if (!started_) return 0;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - *started_).count();
}

// Of this run and of earlier ones.
void EncodeJob::forget_work() {
  if (film_) film_->folder().remove();
  if (dry_run_ || encode_.input.empty()) return;
  for (const std::string& candidate : possible_outputs(encode_)) forget_work_for(candidate);
  if (existing_folder_.empty()) return;
  // Folders that were made for the output, unless others have put something there.
  for (auto folder = folder_of(output_); folder.size() > existing_folder_.size(); folder = folder_of(folder))
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT) return;
}

JobResult EncodeJob::finish(plan::Ending ending) {
  temporary_ = {};
  if (film_) {
    film_->active.clear();
    if (ending == plan::Ending::ok || ending == plan::Ending::skipped) film_->folder().remove();
    else film_->folder().remove_if_empty();
  }
  if (ending == plan::Ending::failed && error_ && !may_do_better(*error_)) forget_work();
  if (ending == plan::Ending::cancelled) error_ = JobError{.kind = Failure::cancelled, .message = "cancelled"};
  if (ending == plan::Ending::ok || ending == plan::Ending::skipped) error_.reset();
  JobResult result{.attempts = attempts_, .worker = worker_, .usage = usage_};
  result.body = body(ending);
  result.error = error_;
  return result;
}

std::string EncodeJob::body(plan::Ending ending) const {
  nlohmann::json json;
  put_path(json, "input", encode_.input);
  put_path(json, "output", skip_ && !skip_->output.empty() ? skip_->output : output_);
  json["status"] = status_name(ending, dry_run_);
  json["reason"] = skip_ ? display_text(skip_->reason) : "";
  json["reason_code"] = skip_ ? std::string(to_string(skip_->code)) : "";
  if (dry_run_) add_inspection(json);
  else add_work(json);
  add_streams(json);
  if (error_) json["error"] = error_json(*error_);
  return tasks::dump(json);
}

void EncodeJob::add_work(nlohmann::json& json) const {
  json["frames"] = report_ ? report_->frames : 0;
  json["seconds"] = seconds();
  json["bytes_in"] = source_status_.st_size;
  json["bytes_out"] = bytes_out_;
  json["attempts"] = attempts_;
}

void EncodeJob::add_inspection(nlohmann::json& json) const {
  if (!inspected_) return;
  const auto& found = inspected_->inspection;
  json["format"] = found.format;
  json["container"] = std::string(tasks::to_string(found.container));
  json["codec"] = found.video_codec;
  const media::Planned& planned = found.planned;
  json["width"] = planned.width;
  json["height"] = planned.height;
  json["bit_depth"] = planned.bit_depth;
  json["duration"] = planned.duration;
  json["frames"] = planned.frames;
  json["frame_rate"] = planned.frame_rate;
  json["bytes_in"] = found.bytes;
  json["cost"] = estimate().cost;
}

// The encode knows more than the inspection; its warnings include those.
void EncodeJob::add_streams(nlohmann::json& json) const {
  std::vector<media::Warning> warnings;
  if (report_) warnings = report_->warnings;
  else if (inspected_) warnings = inspected_->warnings;
  warnings.insert(warnings.end(), more_warnings_.begin(), more_warnings_.end());
  json["warnings"] = tasks::to_json(warnings);
  const auto* found = report_ ? &report_->inspection : inspected_ ? &inspected_->inspection : nullptr;
  json["streams"] = found != nullptr ? tasks::to_json(found->streams) : nlohmann::json::array();
}

}  // namespace hevcpool::host

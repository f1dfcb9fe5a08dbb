// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/task_report.h"

#include "cli/report/event_reporter.h"
#include "cli/report/job_lines.h"
#include "cli/term/text.h"

#include <fmt/format.h>

namespace hevcpool::cli {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string outputs_text(const Outcome& outcome, const ordered_json& body) {
  const auto outputs = body.is_object() ? body.find("outputs") : body.end();
  if (outcome.output.empty()) return "";
  const std::size_t count = outputs != body.end() ? outputs->size() : 1;
  return " → " + printable(outcome.output) + (count > 1 ? fmt::format(" and {} more", count - 1) : "");
}

std::string done_line(const Outcome& outcome, const ordered_json& body) {
  std::string detail = duration_text(outcome.seconds);
  if (outcome.bytes_out > 0) detail = bytes_text(outcome.bytes_out) + ", " + detail;
  return fmt::format("done: {}{} ({})", printable(outcome.input), outputs_text(outcome, body), detail);
}

}  // namespace

ordered_json task_event(const AnyTask& task, const Outcome& outcome, const ordered_json& body) {
  ordered_json event = done_event(outcome);
  event["task"] = name_of(task);
  if (!body.is_object()) return event;
  for (const char* name : {"outputs", "outputs_bytes"})
    if (body.contains(name)) event[name] = body[name];
  if (body.contains("result")) event["result"] = body["result"];
  return event;
}

void TaskReport::begin(unsigned workers, const SandboxReport& sandbox) {
  if (options_.json && style_.output_mode != OutputMode::documents) out_.write(start_event(total_, workers, sandbox));
  else if (!options_.quiet) err_.write(sandbox_notice(sandbox));
}

// One file's document stands alone, as ffprobe prints it; those of several are lines.
void TaskReport::document(const Outcome& outcome, const std::string& text) {
  if (outcome.status != Status::ok) {
    err_.write(job_line(outcome) + "\n");
    if (total_ > 1 && outcome.error)
      out_.write(json_line({{"filename", outcome.input},
                            {"error", {{"kind", kind_name(outcome.error->kind)}, {"stage", outcome.error->stage},
                                       {"code", outcome.error->code}, {"message", outcome.error->message}}}}));
    return;
  }
  const bool compact = total_ > 1 || options_.compact || options_.json;
  out_.write((compact ? text : text_of(ordered_json::parse(text, nullptr, false), 4)) + "\n");
}

void TaskReport::event(const AnyTask& task, const Outcome& outcome, const ordered_json& body) {
  out_.write(json_line(task_event(task, outcome, body)));
  if (outcome.status == Status::failed) err_.write(job_line(outcome) + "\n");
}

void TaskReport::line(const Outcome& outcome, const ordered_json& body) {
  const bool failed = outcome.status == Status::failed;
  if (options_.quiet && !failed) return;
  const std::string text = outcome.status == Status::ok ? done_line(outcome, body) : job_line(outcome);
  (failed ? err_ : out_).write(fmt::format("[{}/{}] {}\n", done_, total_, text));
  for (const std::string& warning : outcome.warnings) out_.write("      " + printable(warning) + "\n");
  if (style_.output_mode == OutputMode::findings && outcome.status == Status::ok && body.contains("result"))
    out_.write(text_of(body["result"], 2) + "\n");
}

void TaskReport::finished(const AnyTask& task, const Outcome& outcome, const ordered_json& body,
                          const std::string& text) {
  ++done_;
  if (style_.output_mode == OutputMode::documents) document(outcome, text);
  else if (options_.json) event(task, outcome, body);
  else line(outcome, body);
}

void TaskReport::end(const Counts& counts, double seconds) {
  if (style_.output_mode == OutputMode::documents) return;
  if (options_.json) {
    out_.write(json_line({{"event", "summary"}, {"ok", counts.ok}, {"failed", counts.failed},
                          {"skipped", counts.skipped}, {"cancelled", counts.cancelled}, {"total", total_},
                          {"seconds", seconds}}));
  } else if (!options_.quiet && total_ > 1) {
    out_.write(fmt::format("{} in {}\n", summary_text(counts, total_), duration_text(seconds)));
  }
}

}  // namespace hevcpool::cli

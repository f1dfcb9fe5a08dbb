// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/run/dry_run.h"

#include "cli/report/event_reporter.h"
#include "cli/term/exit_code.h"
#include "cli/report/job_lines.h"
#include "cli/term/signals.h"
#include "cli/term/text.h"

#include <fmt/format.h>
#include <poll.h>

#include <csignal>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string action_text(const json& stream) {
  const std::string action = text_of(stream, "action"), target = text_of(stream, "target"),
                    reason = text_of(stream, "reason");
  std::string text = action == "copy" ? "copied" : action == "drop" ? "dropped" : "→ " + target;
  if (action == "encode" && target.empty()) text = "→ hevc";
  if (!reason.empty()) text += ": " + reason;
  return text;
}

std::string stream_line(const json& stream) {
  std::string label = text_of(stream, "language");
  if (label == "und") label.clear();
  if (const std::string title = text_of(stream, "title"); !title.empty()) label += " \"" + title + "\"";
  return fmt::format("  {:>2} {:<10} {:<18} {}{}\n", number_of(stream, "index"), text_of(stream, "type"),
                     text_of(stream, "codec"), printable(action_text(stream)),
                     label.empty() ? "" : "  [" + printable(label) + "]");
}

std::string head_line(const json& body) {
  return fmt::format("{} → {} ({}, {}x{}, {:.0f} frames, {})\n", printable(text_of(body, "input")),
                     printable(text_of(body, "output")), text_of(body, "container"), number_of(body, "width"),
                     number_of(body, "height"), number_of(body, "frames"),
                     duration_text(number_of(body, "duration")));
}

class Answers {
 public:
  Answers(const ReportStyle& style, Output& out) : style_(style), out_(out) {}

  void add(const Encode& encode, const JobResult& result) { add(outcome_of(encode, result, false), result.body); }
  void add(const Encode& encode, const Error& problem) { add(outcome_of(encode, problem), "null"); }
  int exit_code() const { return failed_ ? kExitFailed : kExitDone; }

 private:
  void add(const Outcome& outcome, const std::string& body) {
    if (outcome.status != Status::ok) failed_ = failed_ || outcome.status == Status::failed;
    if (style_.json) return out_.write(json_line(event(outcome, body)));
    if (style_.quiet && outcome.status != Status::failed) return;
    out_.write(outcome.status == Status::ok ? plan_text(body) : job_line(outcome) + "\n");
  }

  static ordered_json event(const Outcome& outcome, const std::string& body) {
    if (outcome.status == Status::failed) return done_event(outcome);
    ordered_json event = {{"event", "plan"}};
    event.update(ordered_json::parse(body));
    return event;
  }

  const ReportStyle& style_;
  Output& out_;
  bool failed_ = false;
};

// The signal that ended the waiting, or nothing once the job is done.
std::optional<int> wait_for(const Job& job, Signals& signals) {
  while (!job.result(Seconds(0.05)))
    while (const auto signal = signals.take())
      if (*signal == SIGTSTP) ::raise(SIGSTOP);
      else if (*signal != SIGWINCH) return signal;
  return std::nullopt;
}

}  // namespace

std::string plan_text(std::string_view text) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object()) return {};
  std::string lines = head_line(body);
  if (const auto streams = body.find("streams"); streams != body.end())
    for (const json& stream : *streams) lines += stream_line(stream);
  if (const auto warnings = body.find("warnings"); warnings != body.end())
    for (const std::string& warning : warning_texts(*warnings)) lines += "  warning: " + printable(warning) + "\n";
  return lines;
}

int dry_run(Pool& pool, Signals& signals, const std::vector<plan::PlannedJob>& jobs, const ReportStyle& style,
            Output& out) {
  std::vector<Job> handles;
  for (const plan::PlannedJob& job : jobs)
    handles.push_back(job.problem ? Job() : pool.submit(DryRun{job.encode}));
  Answers answers(style, out);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].problem) {
      answers.add(jobs[i].encode, *jobs[i].problem);
      continue;
    }
    if (const auto signal = wait_for(handles[i], signals)) return kExitSignal + *signal;
    answers.add(jobs[i].encode, handles[i].result());
  }
  return answers.exit_code();
}

}  // namespace hevcpool::cli

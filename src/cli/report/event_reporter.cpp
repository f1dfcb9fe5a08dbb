// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/event_reporter.h"

#include "base/utf8.h"
#include "cli/report/job_lines.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kProgressSeconds = 0.5;          // between two events of one job
constexpr std::size_t kPendingLimit = 256 * 1024;  // a reader so far behind gets no progress, only results

double rounded(double value, double parts) { return std::round(value * parts) / parts; }

ordered_json error_object(const JobError& error) {
  ordered_json object = {
      {"kind", kind_name(error.kind)}, {"stage", error.stage}, {"code", error.code}, {"message", error.message}};
  if (error.frame >= 0) object["frame"] = error.frame;
  if (!error.log.empty()) object["log"] = error.log;
  return object;
}

// JSON is text and a path is bytes: one that is not UTF-8 is shown as far as it goes, and given in full beside.
void put_path(ordered_json& event, const std::string& key, const std::string& path) {
  event[key] = path;
  if (!is_utf8(path)) event[key + "_bytes"] = percent_encoded(path);
}

}  // namespace

std::string json_line(const ordered_json& event) {
  return event.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json done_event(const Outcome& outcome) {
  ordered_json event = {{"event", "done"},
                        {"input", outcome.input},
                        {"output", outcome.output},
                        {"status", to_string(outcome.status)},
                        {"reason", outcome.reason},
                        {"reason_code", outcome.reason_code},
                        {"frames", outcome.frames},
                        {"seconds", rounded(outcome.seconds, 1000)},
                        {"bytes_in", outcome.bytes_in},
                        {"bytes_out", outcome.bytes_out},
                        {"attempts", outcome.attempts},
                        {"warnings", outcome.warnings}};
  if (!is_utf8(outcome.input)) event["input_bytes"] = percent_encoded(outcome.input);
  if (!is_utf8(outcome.output)) event["output_bytes"] = percent_encoded(outcome.output);
  else if (!outcome.output_bytes.empty()) event["output_bytes"] = outcome.output_bytes;
  event["error"] = outcome.error ? error_object(*outcome.error) : ordered_json(nullptr);
  return event;
}

std::string start_event(std::size_t jobs, unsigned workers, const SandboxReport& sandbox) {
  return json_line({{"event", "start"},
                    {"jobs", jobs},
                    {"workers", workers},
                    {"sandbox", ordered_json::parse(sandbox.json(), nullptr, false)}});
}

void EventReporter::write(const ordered_json& event) { out_.write(json_line(event)); }

void EventReporter::begin(std::size_t jobs, unsigned workers, const SandboxReport& sandbox) {
  out_.write(start_event(jobs, workers, sandbox));
}

void EventReporter::planned(std::size_t, const std::string& input, const EncodePlan& plan) {
  ordered_json event = {{"event", "plan"}};
  put_path(event, "input", input);
  put_path(event, "output", plan.output);
  event["duration"] = rounded(plan.duration, 1000);
  event["frames"] = plan.frames;
  event["warnings"] = plan.warnings;
  write(event);
}

void EventReporter::progressed(std::size_t job, double now) {
  const auto [last, first] = last_progress_.emplace(job, now);
  if (!first && now - last->second < kProgressSeconds) return;
  if (out_.pending() > kPendingLimit) return;
  last->second = now;
  const JobView& view = state_.jobs()[job];
  ordered_json event = {{"event", "progress"}};
  put_path(event, "input", view.name);
  event["frames"] = view.progress.frames;
  event["fps"] = rounded(view.progress.fps, 100);
  event["fraction"] = rounded(view.progress.fraction, 10000);
  write(event);
}

void EventReporter::finished(std::size_t job, const Outcome& outcome, double) {
  last_progress_.erase(job);
  write(done_event(outcome));
  if (outcome.status != Status::failed) return;
  err_.write(job_line(outcome) + "\n");
  if (style_.verbose && outcome.error) err_.write(log_lines(*outcome.error));
}

void EventReporter::notice(const std::string& text) { err_.write(text + "\n"); }

void EventReporter::end(double now) {
  const Counts& counts = state_.counts();
  write({{"event", "summary"},
         {"ok", counts.ok},
         {"failed", counts.failed},
         {"skipped", counts.skipped},
         {"cancelled", counts.cancelled},
         {"total", state_.jobs().size()},
         {"seconds", rounded(state_.elapsed(now), 1000)}});
}

}  // namespace hevcpool::cli

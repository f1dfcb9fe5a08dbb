// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/outcome.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

template <class T>
T field(const json& body, const char* name, T fallback) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return fallback;
  if constexpr (std::is_same_v<T, std::string>) return found->is_string() ? found->get<T>() : fallback;
  else return found->is_number() ? found->get<T>() : fallback;
}

Status status_of(const std::string& name) {
  if (name == "skipped") return Status::skipped;
  if (name == "failed") return Status::failed;
  if (name == "cancelled") return Status::cancelled;
  return Status::ok;
}

std::string warning_text(const json& warning) {
  if (warning.is_string()) return warning.get<std::string>();
  if (!warning.is_object()) return warning.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto count = field<std::int64_t>(warning, "count", 1);
  const std::string message = field<std::string>(warning, "message", "");
  return count > 1 ? fmt::format("{} ({} times)", message, count) : message;
}

void read_body(const json& body, Outcome& outcome) {
  if (!body.is_object()) return;
  outcome.status = status_of(field<std::string>(body, "status", "ok"));
  outcome.output = field<std::string>(body, "output", outcome.output);
  outcome.output_bytes = field<std::string>(body, "output_bytes", "");
  outcome.reason = field<std::string>(body, "reason", "");
  outcome.reason_code = field<std::string>(body, "reason_code", "");
  outcome.frames = field<std::int64_t>(body, "frames", 0);
  outcome.seconds = field<double>(body, "seconds", outcome.seconds);
  outcome.bytes_in = field<std::uint64_t>(body, "bytes_in", 0);
  outcome.bytes_out = field<std::uint64_t>(body, "bytes_out", 0);
  outcome.attempts = field<unsigned>(body, "attempts", outcome.attempts);
  if (const auto warnings = body.find("warnings"); warnings != body.end())
    outcome.warnings = warning_texts(*warnings);
}

bool was_cancelled(const JobError& error, bool stopping) {
  return error.kind == Failure::cancelled || (stopping && error.kind == Failure::pool_lost);
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok: return "ok";
    case Status::failed: return "failed";
    case Status::skipped: return "skipped";
    case Status::cancelled: return "cancelled";
  }
  return "failed";
}

std::string_view kind_name(Failure failure) { return hevcpool::to_string(failure); }

std::vector<std::string> warning_texts(const json& warnings) {
  std::vector<std::string> texts;
  if (warnings.is_array())
    for (const json& each : warnings) texts.push_back(warning_text(each));
  return texts;
}

Outcome outcome_of(const Encode& encode, const JobResult& result, bool stopping) {
  Outcome outcome;
  outcome.input = encode.input;
  outcome.output = encode.output;
  outcome.attempts = result.attempts;
  outcome.seconds = result.usage.wall_seconds;
  read_body(json::parse(result.body, nullptr, false), outcome);
  outcome.input = encode.input;
  if (!result.error) return outcome;
  outcome.error = result.error;
  outcome.status = was_cancelled(*result.error, stopping) ? Status::cancelled : Status::failed;
  return outcome;
}

Outcome outcome_of(const Encode& encode, const Error& problem) {
  Outcome outcome;
  outcome.input = encode.input;
  outcome.status = Status::failed;
  outcome.error = JobError{Failure::task, problem.stage, problem.code, problem.message, {}};
  return outcome;
}

std::string failure_text(const JobError& error, unsigned attempts) {
  std::string text = error.stage.empty() ? error.message : fmt::format("{}: {}", error.stage, error.message);
  if (attempts > 1) text += fmt::format(" ({} attempts)", attempts);
  return text;
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/outcome.h"

#include "base/crash_context.h"
#include "base/error.h"
#include "pool/chunk.h"
#include "pool/signals.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace hevcpool::pool {
namespace {

constexpr std::size_t kMostOfAnError = 1 << 20;  // bytes of JSON; taken apart it is many times as large

std::string text_field(const nlohmann::json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string{};
}

// Never throws: the text comes from a worker.
JobError error_of(ipc::Outcome outcome, std::string_view text) {
  JobError error;
  error.kind = outcome == ipc::Outcome::exception ? Failure::exception : Failure::task;
  const auto object = text.size() > kMostOfAnError ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) {
    error.code = "protocol";
    error.message = "the worker returned an error that cannot be read";
    return error;
  }
  error.stage = text_field(object, "stage");
  error.code = text_field(object, "code");
  error.message = text_field(object, "message");
  error.log = text_field(object, "log");
  return error;
}

// A worker's log is any bytes: what is not UTF-8 is replaced, control characters become '?'.
std::string printable(std::string_view bytes) {
  const std::string quoted =
      nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text = nlohmann::json::parse(quoted).get<std::string>();
  for (char& c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) c = '?';
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// JSON that is nested so deep would exhaust the stack of whoever takes it apart.
bool too_deep(std::string_view json) {
  constexpr int kDeepest = 256;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\') ++i;
    else if (c == '"') in_text = !in_text;
    else if (!in_text && (c == '[' || c == '{') && ++depth > kDeepest) return true;
    else if (!in_text && (c == ']' || c == '}')) --depth;
  }
  return false;
}

Usage usage_of(const ipc::Header& header) {
  constexpr double kMicro = 1e-6;
  return {static_cast<double>(header.wall_us) * kMicro, static_cast<double>(header.user_us) * kMicro,
          static_cast<double>(header.system_us) * kMicro, header.peak_rss_kib * 1024};
}

// The C++ library ends a program so when nobody expects an allocation to fail, as in libx265.
bool lacked_memory(const ipc::Header& header, std::string_view log) {
  return exit_code_name(header.exit_status) == "SIGABRT" && log.find("bad_alloc") != std::string_view::npos;
}

// Where the worker was, by its own account: what it is not is not said.
void add_place(JobError& error, const ipc::Header& header) {
  if (header.task <= 0xff) error.stage = to_string(static_cast<Stage>(header.task));
  if (header.frame == 0) return;
  error.frame = header.frame;
  error.message += fmt::format(", at frame {}", header.frame);
}

JobError loss_error(const ipc::Header& header, std::string_view log, const Submission& submission) {
  switch (static_cast<ipc::Cause>(header.status)) {
    case ipc::Cause::timeout:
      return {Failure::timeout, "", "timeout", fmt::format("not done after {} s", submission.timeout.count()), {}};
    case ipc::Cause::stall:
      return {Failure::timeout, "", "stall_timeout",
              fmt::format("no progress for {} s", submission.stall_timeout.count()), {}};
    case ipc::Cause::cancelled: return {Failure::cancelled, "", "cancelled", "cancelled", {}};
    case ipc::Cause::protocol:
      return {Failure::crash, "", "protocol", fmt::format("the worker broke the protocol: {}", printable(log)), {}};
    case ipc::Cause::undelivered:
      return {Failure::refused, "pool", errno_name(header.exit_status),
              fmt::format("the job could not be given to a worker: {}", strerrordesc_np(header.exit_status)), {}};
    case ipc::Cause::crash: break;
  }
  std::string sentence = exit_sentence(header.exit_status);
  if (lacked_memory(header, log)) sentence += ": it was given no more memory";
  return {Failure::crash, "", exit_code_name(header.exit_status), std::move(sentence), {}};
}

}  // namespace

JobResult result_of(const ipc::Header& header, std::string body) {
  JobResult result;
  result.worker = header.worker;
  result.usage = usage_of(header);
  const auto outcome = static_cast<ipc::Outcome>(header.status);
  if (too_deep(body)) result.error = JobError{Failure::crash, "", "protocol", "the result is nested too deep", {}};
  else if (outcome == ipc::Outcome::ok) result.body = std::move(body);
  else result.error = error_of(outcome, body);
  return result;
}

JobResult loss_of(const ipc::Header& header, std::string_view log, const Submission& submission) {
  JobResult result;
  result.worker = header.worker;
  result.usage = usage_of(header);
  result.error = loss_error(header, log, submission);
  const auto cause = static_cast<ipc::Cause>(header.status);
  if (cause != ipc::Cause::protocol) result.error->log = printable(log);
  if (cause == ipc::Cause::crash || cause == ipc::Cause::timeout || cause == ipc::Cause::stall)
    add_place(*result.error, header);
  return result;
}

JobResult failure(Failure kind, std::string code, std::string message) {
  JobResult result;
  result.error = JobError{kind, "pool", std::move(code), std::move(message), {}};
  return result;
}

JobResult cancelled_result() { return failure(Failure::cancelled, "cancelled", "cancelled"); }

std::vector<JobResult> split_chunk(const JobResult& chunk, std::size_t arguments) {
  JobResult one = chunk;
  one.body.clear();
  std::vector<JobResult> results(arguments, one);
  if (chunk.error) return results;
  const auto parts = split_results(chunk.body);
  if (!parts || parts->size() != arguments) {
    one.error = JobError{Failure::crash, "", "protocol", "the worker returned a list that cannot be read", {}};
    return std::vector<JobResult>(arguments, one);
  }
  for (std::size_t i = 0; i < arguments; ++i) {
    const ChunkResult& part = (*parts)[i];
    if (too_deep(part.text)) results[i].error = JobError{Failure::crash, "", "protocol", "the result is nested too deep", {}};
    else if (part.outcome == ipc::Outcome::ok) results[i].body = part.text;
    else results[i].error = error_of(part.outcome, part.text);
  }
  return results;
}

}  // namespace hevcpool::pool

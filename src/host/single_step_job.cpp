// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/single_step_job.h"

#include "host/job_errors.h"
#include "host/untrusted_reply.h"
#include "host/files.h"
#include "host/path_text.h"
#include "tasks/small_task.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hevcpool::host {
namespace {

constexpr const char* kExists = "output_exists";

Overwrite overwrite_of(const AnyTask& request) {
  return std::visit(
      [](const auto& value) {
        if constexpr (requires { value.overwrite; }) return value.overwrite;
        else return Overwrite::never;
      },
      request);
}

Unexpected same_file_error(const char* stage, const std::string& path) {
  return fail(stage, "same_file", "the output '" + path + "' is a source");
}

}  // namespace

SingleStepJob::SingleStepJob(AnyTask request, mode_t mode)
    : request_(with_names_applied(std::move(request))), plan_(plan_small(request_)), mode_(mode),
      outputs_(plan_.outputs) {}

std::string SingleStepJob::task_name() const {
  const auto* frames = std::get_if<Frames>(&request_);
  if (frames && !frames->function.empty()) return frames->function;
  return std::string(tasks::request_name(request_));
}

std::string SingleStepJob::argument() const {
  return tasks::small_argument_text({.name = name_of(input_of(request_)),
                                     .request = request_,
                                     .output_name = plan_.outputs.empty() ? "" : name_of(plan_.outputs.front())});
}

Limits SingleStepJob::limits() const {
  return std::visit(
      [](const auto& value) {
        if constexpr (requires { value.limits; }) return value.limits;
        else return Limits{};
      },
      request_);
}

bool SingleStepJob::overwrites() const { return overwrite_of(request_) == Overwrite::always; }

bool SingleStepJob::is_done_already() const {
  return !overwrites() && !plan_.outputs.empty() &&
         std::all_of(plan_.outputs.begin(), plan_.outputs.end(), [](const std::string& path) { return exists(path); });
}

Expected<void> SingleStepJob::open_targets(std::vector<UniqueFd>& fds) {
  temporaries_.clear();
  for (std::size_t i = 0; i < plan_.targets; ++i) {
    const std::string path = i < plan_.outputs.size() ? plan_.outputs[i] : fmt::format("{}.{}", plan_.place, i);
    HEVCPOOL_ASSIGN(auto temporary, Temporary::create(path));
    UniqueFd copy(::fcntl(temporary.fd(), F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) return fail_errno("open", "duplicating a descriptor", errno);
    fds.push_back(std::move(copy));
    temporaries_.push_back(std::move(temporary));
  }
  return {};
}

bool SingleStepJob::is_source(const std::string& path) const {
  struct stat named {};
  if (::stat(path.c_str(), &named) != 0) return false;
  return std::ranges::any_of(sources_, [&](const struct stat& source) { return same_file(named, source); });
}

Expected<std::vector<UniqueFd>> SingleStepJob::open_all() {
  if (is_done_already()) return fail("open", kExists, "the output exists");
  std::vector<UniqueFd> fds;
  sources_.clear();
  for (const std::string& path : plan_.sources) {
    HEVCPOOL_ASSIGN(auto source, open_source(path));
    sources_.push_back(source.status);
    fds.push_back(std::move(source.fd));
  }
  for (const std::string& path : plan_.outputs)
    if (overwrites() && is_source(path)) return same_file_error("open", path);
  HEVCPOOL_CHECK(open_targets(fds));
  return fds;
}

std::variant<std::vector<int>, TaskError> SingleStepJob::open() {
  started_ = std::chrono::steady_clock::now();
  auto opened = open_all();
  if (!opened)
    return TaskError{.stage = opened.error().stage, .code = opened.error().code, .message = opened.error().message,
                     .log = {}};
  std::vector<int> out;
  for (UniqueFd& fd : *opened) out.push_back(fd.release());
  return out;
}

// False: the name exists and stays what it is.
Expected<bool> SingleStepJob::publish_one(Temporary& temporary, const std::string& path) {
  if (overwrites() && is_source(path)) return same_file_error("commit", path);
  if (::fchmod(temporary.fd(), mode_) != 0) return fail_errno("commit", "setting the mode", errno);
  if (::fdatasync(temporary.fd()) != 0) return fail_errno("commit", "flushing the output", errno);
  HEVCPOOL_CHECK(make_folders(folder_of(path)));
  HEVCPOOL_ASSIGN(const auto linked, temporary.link_new(path));
  if (linked == Temporary::Linked::yes) return true;
  if (!overwrites()) return false;
  HEVCPOOL_CHECK(temporary.link_over(path));
  return true;
}

Expected<void> SingleStepJob::publish(const nlohmann::json& answer) {
  outputs_ = final_outputs(request_, plan_, answer);
  if (outputs_.size() > temporaries_.size()) return fail("commit", "bad_answer", "more outputs than targets");
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    HEVCPOOL_ASSIGN(const bool made, publish_one(temporaries_[i], outputs_[i]));
    if (!made) ++kept_;
  }
  return {};
}

std::string SingleStepJob::body(const std::string& status, const std::optional<Skip>& skip, const JobResult& result,
                                const nlohmann::json& answer) const {
  nlohmann::json out{{"task", tasks::request_name(request_)}};
  put_path(out, "input", input_of(request_));
  put_path(out, "output", outputs_.empty() ? "" : outputs_.front());
  put_paths(out, "outputs", outputs_);
  out["status"] = status;
  out["reason"] = skip ? skip->reason : "";
  out["reason_code"] = skip ? std::string(to_string(skip->code)) : "";
  out["frames"] = answer.is_object() ? answer.value("frames", 0) : 0;
  out["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  out["bytes_in"] = sources_.empty() ? 0 : sources_.front().st_size;
  out["bytes_out"] = answer.is_object() ? answer.value("bytes_out", std::uint64_t{0}) : 0;
  out["attempts"] = result.attempts;
  out["warnings"] = answer.is_object() && answer.contains("warnings") ? answer["warnings"] : nlohmann::json::array();
  std::string text = tasks::dump(out);
  // what the task said goes in as it is: a probe's document keeps its order
  if (!result.error && !result.body.empty()) {
    text.pop_back();
    text += ",\"result\":" + result.body + "}";
  }
  return text;
}

JobResult SingleStepJob::failed(const JobResult& result, const JobError& error) {
  JobResult out = result;
  const bool skipped = error.code == kExists;
  const bool cancelled = error.kind == Failure::cancelled;
  if (!skipped) out.error = error;
  else out.error.reset();
  JobResult bare = result;
  bare.body.clear();
  const auto skip = skipped ? std::optional<Skip>({SkipReason::output_exists, error.message}) : std::nullopt;
  out.body = body(skipped ? "skipped" : cancelled ? "cancelled" : "failed", skip, bare, {});
  if (skipped) return out;
  out.body.pop_back();
  out.body += ",\"error\":" + tasks::dump(error_json(error)) + "}";
  return out;
}

Expected<void> SingleStepJob::check_sources() const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto same = check_unchanged(plan_.sources[i], sources_[i]);
    if (same) continue;
    Error error = same.error();
    if (i > 0) error.message = fmt::format("'{}': {}", plan_.sources[i], error.message);  // the job names the first
    return Unexpected(std::move(error));
  }
  return {};
}

// A probe's document is passed on without being taken apart.
Expected<void> SingleStepJob::accept(JobResult& result) {
  HEVCPOOL_CHECK(check_size(result.body));
  HEVCPOOL_CHECK(check_sources());
  HEVCPOOL_ASSIGN(result.body, as_one_line(std::move(result.body)));
  nlohmann::json answer;
  if (!std::holds_alternative<Probe>(request_)) {
    answer = nlohmann::json::parse(result.body, nullptr, false);
    HEVCPOOL_CHECK(check_answer(answer));
    HEVCPOOL_CHECK(publish(answer));
  }
  result.body = body("ok", std::nullopt, result, answer);
  return {};
}

JobResult SingleStepJob::finish(const JobResult& result) {
  JobResult out = result;
  if (result.error) {
    out = failed(result, *result.error);
  } else if (const auto answered = accept(out); !answered) {
    out = failed(result, job_error(answered.error()));
  } else if (!outputs_.empty() && kept_ == outputs_.size()) {
    out = failed(result, {.kind = Failure::task, .stage = "commit", .code = kExists, .message = "the output exists", .log = {}});
  }
  temporaries_.clear();
  return out;
}

}  // namespace hevcpool::host

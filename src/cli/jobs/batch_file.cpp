// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_file.h"

#include "cli/term/line_iterator.h"
#include "cli/jobs/task_conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

// A path as a request; its bytes are not JSON, so that they are put in afterwards.
std::string plain_request(const std::string& task) { return json{{"task", task}, {"input", "-"}}.dump(); }

void set_input(AnyTask& task, std::string_view path) {
  std::visit([path](auto& value) { value.input = path; }, task);
}

std::string place(const std::string& file, std::size_t line) {
  return fmt::format("{}{}line {}", file, file.empty() ? "" : ": ", line);
}
std::string place(const BatchJob& job) { return place(job.file, job.line); }

std::string text_of(const FieldError& wrong) {
  return fmt::format("{}{}{}", wrong.field, wrong.field.empty() ? "" : ": ", wrong.message);
}

std::string problem_of(const plan::FileConflict& conflict, const std::vector<BatchJob>& jobs) {
  using Kind = plan::FileConflict::Kind;
  std::string where = place(jobs[conflict.job]);
  const std::string other = place(jobs[conflict.other]);
  switch (conflict.kind) {
    case Kind::same_output: return fmt::format("{}: output: {} makes \"{}\" too", where, other, conflict.output);
    case Kind::own_input: return fmt::format("{}: output: is the input", where);
    case Kind::other_input: return fmt::format("{}: output: {} reads \"{}\"", where, other, conflict.output);
    case Kind::folder: return fmt::format("{}: output: \"{}\" is a folder", where, conflict.output);
  }
  return where;
}

}  // namespace

BatchFile read_batch(std::string_view text, const Defaults& defaults, const std::string& plain_task,
                     const std::string& file) {
  BatchFile out;
  std::set<std::string> blamed;
  const std::string plain = plain_request(plain_task);
  for_each_line(text, [&](std::size_t line, std::string_view content) {
    const auto first = content.find_first_not_of(" \t");
    if (first == std::string_view::npos || content[first] == '#') return;
    const bool is_plain = content[first] != '{';
    auto request = parse_task(is_plain ? plain : content, defaults.json);
    if (const auto* wrong = std::get_if<FieldError>(&request)) {
      const std::string fault = blame(defaults, std::string(is_plain ? plain : content), *wrong);
      if (fault.empty()) out.problems.push_back(fmt::format("{}: {}", place(file, line), text_of(*wrong)));
      else if (blamed.insert(fault).second) out.problems.push_back(fault);
      return;
    }
    auto& task = std::get<AnyTask>(request);
    if (is_plain) set_input(task, content);
    out.jobs.push_back({std::move(task), line, file});
  });
  return out;
}

std::vector<std::string> settle_jobs(std::vector<BatchJob>& jobs) {
  Repetitions repetitions;
  std::erase_if(jobs, [&](const BatchJob& each) { return !repetitions.is_new(each.task); });
  std::vector<const AnyTask*> requests;
  for (const BatchJob& each : jobs) requests.push_back(&each.task);
  std::vector<std::string> problems;
  for (const plan::FileConflict& each : plan::file_conflicts(files_of(requests)))
    problems.push_back(problem_of(each, jobs));
  return problems;
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_file.h"
#include "cli/jobs/batch_results.h"
#include "cli/term/exit_code.h"
#include "cli/commands/task_commands.h"
#include "cli/run/task_run.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>

namespace hevcpool::cli {
namespace {

constexpr const char* kCommand = "hevcpool batch";
constexpr std::size_t kMostProblems = 50;  // that are worth reading at once

Expected<std::string> read_file(const std::string& name) {
  if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) return fail_errno("usage", "cannot read '" + name + "'", errno ? errno : EIO);
  return text;
}

struct BatchOptions {
  TaskOptions run;
  std::string defaults, plain_task = "encode", results;
  bool resume = false, check = false;
};

Expected<BatchFile> read_all(const BatchOptions& options) {
  BatchFile out;
  Defaults defaults;
  if (!options.defaults.empty()) {
    HEVCPOOL_ASSIGN(const std::string text, read_file(options.defaults));
    HEVCPOOL_ASSIGN(defaults, read_defaults(options.defaults, text));
  }
  defaults = with_limits(std::move(defaults), options.run.limits);
  for (const std::string& name : options.run.inputs) {
    HEVCPOOL_ASSIGN(const std::string text, read_file(name));
    BatchFile part = read_batch(text, defaults, options.plain_task, name);
    std::move(part.problems.begin(), part.problems.end(), std::back_inserter(out.problems));
    std::move(part.jobs.begin(), part.jobs.end(), std::back_inserter(out.jobs));
  }
  for (std::string& problem : settle_jobs(out.jobs)) out.problems.push_back(std::move(problem));
  return out;
}

std::vector<PlannedTask> still_to_do(std::vector<BatchJob> jobs, const BatchOptions& options) {
  DoneJobs done;
  if (options.resume)
    if (const auto text = read_file(options.results)) done = done_jobs(*text);
  std::vector<PlannedTask> out;
  for (BatchJob& job : jobs)
    if (!is_done(done, job.task)) out.push_back({std::move(job.task), {}});
  return out;
}

int refuse_all(const std::vector<std::string>& problems) {
  std::string text = fmt::format("{} problem{}, nothing was started", problems.size(), problems.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < problems.size() && i < kMostProblems; ++i) refuse(kCommand, problems[i]);
  return refuse(kCommand, text);
}

void add_options(CLI::App& app, BatchOptions& options) {
  add_task_options(app, options.run, false);
  app.option_defaults()->group("Jobs");
  app.add_option("--defaults", options.defaults, "Default fields for each task, JSON or TOML")
      ->type_name("FILE");
  app.add_option("--task", options.plain_task, "What to do with a line that is only a path; default encode")
      ->check(CLI::IsMember({"encode", "probe", "thumbnail", "clip", "audio", "image", "frames"}));
  app.add_option("--results", options.results, "Append each job's result as a line of JSON")->type_name("FILE");
  app.add_flag("--resume", options.resume, "Skip jobs that --results lists as done")->needs("--results");
  app.add_flag("--check", options.check, "Check the jobs, and do nothing");
}

}  // namespace

int batch_command(int argc, const char* const* argv) {
  BatchOptions options;
  CLI::App app("Runs the jobs of files: a line is a JSON object ({\"task\": \"thumbnail\", \"input\": ...}) or a path.\n"
               "All lines are checked before anything starts. INPUT is a job file, or - for standard input.",
               kCommand);
  add_options(app, options);
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  auto file = read_all(options);
  if (!file) return refuse(kCommand, file.error().message);
  if (!file->problems.empty()) return refuse_all(file->problems);
  if (options.check) return kExitDone;
  RunOptions style{.command = kCommand, .output_mode = OutputMode::jobs, .results = options.results, .list_tasks = true};
  for (const std::string& name : options.run.inputs)
    if (name != "-") style.lists.push_back(name);
  if (!options.defaults.empty()) style.read = {options.defaults};
  style.when_empty = file->jobs.empty() ? "there are no jobs" : "everything is done already";
  return run_tasks(still_to_do(std::move(file->jobs), options), options.run, style);
}

}  // namespace hevcpool::cli

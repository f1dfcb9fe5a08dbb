// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/run/task_run.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "cli/jobs/batch_results.h"
#include "cli/report/event_reporter.h"
#include "cli/term/exit_code.h"
#include "cli/report/job_files.h"
#include "cli/term/event_queue.h"
#include "cli/term/signals.h"
#include "cli/jobs/task_conflicts.h"
#include "cli/report/task_report.h"
#include "cli/term/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <utility>

namespace hevcpool::cli {
namespace {

constexpr int kStoppingTickMilliseconds = 200;


// One film alone can keep all workers busy; of other jobs each keeps one.
std::unique_ptr<Pool> start_pool(const TaskOptions& options, const std::vector<PlannedTask>& tasks,
                                 std::string& error) {
  PoolOptions pool;
  const unsigned wanted = options.workers > 0 ? options.workers : usable_cpus();
  const bool encodes =
      std::ranges::any_of(tasks, [](const PlannedTask& each) { return std::holds_alternative<Encode>(each.task); });
  pool.workers = encodes ? wanted : static_cast<unsigned>(std::clamp<std::size_t>(tasks.size(), 1, wanted));
  if (encodes) pool.order = Order::longest_first;
  pool.nice = options.nice;
  pool.idle = options.idle;
  pool.pin = options.pin;
  pool.sandbox = options.sandbox;
  pool.require_sandbox = options.require_sandbox;
  pool.jobs_per_worker = options.fresh_workers ? 1 : 0;
  return Pool::start(std::move(pool), &error);
}

// Results are added to what is there; a last line that a killed run left torn is ended. Not valid for an empty name.
Expected<UniqueFd> open_results(const std::string& name) {
  UniqueFd fd;
  if (name.empty()) return fd;
  fd.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd.valid()) return fail_errno("usage", "cannot write '" + name + "'", errno);
  std::ifstream before(name, std::ios::binary | std::ios::ate);
  if (before && before.tellg() > 0 && before.seekg(-1, std::ios::end) && before.get() != '\n')
    HEVCPOOL_CHECK(write_all(fd.get(), "\n"));
  return fd;
}

// The text of the last member, "result", of a job's body; what is left has none.
std::string take_document(std::string& body) {
  constexpr std::string_view kMember = ",\"result\":";  // never within a string, where quotes are escaped
  const auto place = body.find(kMember);
  if (place == std::string::npos) return {};
  std::string document = body.substr(place + kMember.size(), body.size() - place - kMember.size() - 1);
  body.resize(place);
  body += "}";
  return document;
}

class TaskRun {
 public:
  TaskRun(std::vector<PlannedTask> tasks, const TaskOptions& options, const RunOptions& style)
      : tasks_(std::move(tasks)), options_(options), style_(style),
        report_(out_, err_, options, style, tasks_.size()), done_(tasks_.size()) {}

  int run();

 private:
  Expected<void> prepare();
  FilesRead files_read() const;
  void submit_all(Pool& pool);
  void loop(Pool& pool);
  void read_news();
  void read_signals(Pool& pool);
  void finished(std::size_t job, const Outcome& outcome, const nlohmann::ordered_json& body,
                const std::string& document);
  Expected<void> list(std::size_t job, const Outcome& outcome);
  void write_result(const AnyTask& task, const Outcome& outcome, const nlohmann::ordered_json& body);
  void count(Status status);

  std::vector<PlannedTask> tasks_;
  const TaskOptions& options_;
  const RunOptions& style_;
  Output out_{STDOUT_FILENO};
  Output err_{STDERR_FILENO};
  TaskReport report_;
  JobFiles files_;
  UniqueFd results_;  // JSON lines
  std::optional<Signals> signals_;
  std::unique_ptr<EventQueue> events_;
  std::vector<bool> done_;
  Counts counts_;
  std::optional<int> stopped_by_;
  bool killed_ = false;
};

FilesRead TaskRun::files_read() const {
  FilesRead read{.sources = style_.read, .lists = style_.lists};
  for (const PlannedTask& task : tasks_)
    for (std::string& input : inputs_of(task.task)) read.sources.push_back(std::move(input));
  if (!style_.list_tasks) read.lists = plan::lists_among(options_.inputs);
  return read;
}

Expected<void> TaskRun::prepare() {
  HEVCPOOL_ASSIGN(files_, JobFiles::create({.log = options_.joblog, .succeeded = options_.succeeded,
                                            .failed = options_.failed, .others = {style_.results}}, files_read()));
  HEVCPOOL_ASSIGN(results_, open_results(style_.results));
  HEVCPOOL_ASSIGN(auto signals, Signals::create());
  signals_.emplace(std::move(signals));
  HEVCPOOL_ASSIGN(events_, EventQueue::create());
  return {};
}

void TaskRun::count(Status status) {
  switch (status) {
    case Status::ok: ++counts_.ok; break;
    case Status::failed: ++counts_.failed; break;
    case Status::skipped: ++counts_.skipped; break;
    case Status::cancelled: ++counts_.cancelled; break;
  }
}

void TaskRun::finished(std::size_t job, const Outcome& outcome, const nlohmann::ordered_json& body,
                       const std::string& document) {
  if (done_[job]) return;
  done_[job] = true;
  count(outcome.status);
  report_.finished(tasks_[job].task, outcome, body, document);
  if (const auto written = list(job, outcome); !written)
    err_.write(fmt::format("{}: cannot write the job log or a list: {}\n", style_.command, written.error().message));
  write_result(tasks_[job].task, outcome, body);
}

// Requests that were not even tried are to be tried again like those that failed.
Expected<void> TaskRun::list(std::size_t job, const Outcome& outcome) {
  if (!style_.list_tasks) return files_.add(job + 1, outcome);
  if (files_.log) HEVCPOOL_CHECK(files_.log->add(job + 1, outcome));
  const bool good = outcome.status == Status::ok || outcome.status == Status::skipped;
  auto& requests = good ? files_.succeeded : files_.failed;
  return requests ? requests->add(to_json(tasks_[job].task)) : Expected<void>();
}

void TaskRun::write_result(const AnyTask& task, const Outcome& outcome, const nlohmann::ordered_json& body) {
  if (!results_.valid()) return;
  auto event = task_event(task, outcome, body);
  event["key"] = key_of(task);
  Output(results_.get()).write(json_line(event));
}

void TaskRun::submit_all(Pool& pool) {
  EventQueue& events = *events_;
  for (std::size_t job = 0; job < tasks_.size(); ++job) {
    const PlannedTask& each = tasks_[job];
    if (each.problem) {
      finished(job, outcome_of(Encode{.input = input_of(each.task)}, *each.problem), {}, {});
      continue;
    }
    submit(pool, each.task).when_done([&events, job](const JobResult& result) { events.put(job, result); });
  }
}

void TaskRun::read_news() {
  for (auto& [job, event] : events_->take()) {
    auto* result = std::get_if<JobResult>(&event);
    if (!result) continue;
    // a document is passed on as it came; to read it all would take longer than to make it
    std::string document = style_.output_mode == OutputMode::documents ? take_document(result->body) : "";
    const auto body = nlohmann::ordered_json::parse(result->body, nullptr, false);
    finished(job, outcome_of(Encode{.input = input_of(tasks_[job].task)}, *result, stopped_by_.has_value()),
             body.is_discarded() ? nlohmann::ordered_json() : body, document);
  }
}

void TaskRun::read_signals(Pool& pool) {
  while (const auto signal = signals_->take()) {
    if (*signal == SIGWINCH) continue;
    if (*signal == SIGTSTP) {
      sleep_with_workers(pool);
      continue;
    }
    if (std::exchange(stopped_by_, stopped_by_.value_or(*signal))) {
      pool.kill();
      killed_ = true;
    } else {
      pool.cancel_all();
    }
  }
}

void TaskRun::loop(Pool& pool) {
  while (counts_.done() < tasks_.size() && !killed_) {
    pollfd ready[] = {{events_->readable(), POLLIN, 0},
                      {signals_->readable(), POLLIN, 0},
                      {out_.pending() > 0 ? out_.fd() : -1, POLLOUT, 0},
                      {err_.pending() > 0 ? err_.fd() : -1, POLLOUT, 0}};
    ::poll(ready, std::size(ready), stopped_by_ ? kStoppingTickMilliseconds : -1);
    read_signals(pool);
    read_news();
    out_.flush();
    err_.flush();
  }
}

int TaskRun::run() {
  const double began = steady_seconds();
  if (const auto prepared = prepare(); !prepared) return refuse(style_.command, prepared.error().message);
  std::string error;
  const auto pool = start_pool(options_, tasks_, error);
  if (!pool) return refuse(style_.command, "the pool did not start: " + error), kExitFailed;
  if (!options_.sandbox) err_.write("hevcpool: WARNING: --no-sandbox: the workers are not confined\n");
  if (tasks_.empty()) err_.write(style_.command + ": " + style_.when_empty + "\n");
  report_.begin(pool->workers(), pool->sandbox());
  submit_all(*pool);
  loop(*pool);
  pool->shutdown(Pool::Shutdown::cancel);
  read_news();
  if (const std::string trouble = finish_lists(files_, stopped_by_.has_value()); !trouble.empty())
    err_.write(fmt::format("{}: {}\n", style_.command, trouble));
  report_.end(counts_, steady_seconds() - began);
  const int code = stopped_by_ ? kExitSignal + *stopped_by_ : counts_.failed > 0 ? kExitFailed : kExitDone;
  return finish_outputs(style_.command, out_, err_, code);
}

}  // namespace

static void say(const std::string& command, const std::vector<std::string>& messages) {
  Output err(STDERR_FILENO);
  for (const std::string& message : messages) err.write(fmt::format("{}: {}\n", command, printable(message)));
  err.drain(1);
}

int refuse(const std::string& command, const std::string& message) {
  say(command, {message});
  return kExitUsage;
}

int run_tasks(std::vector<PlannedTask> tasks, const TaskOptions& options, const RunOptions& style) {
  // Those of job files were settled by their lines.
  std::vector<std::string> messages;
  const auto settled = style.list_tasks ? Expected<void>() : settle_conflicts(tasks, &messages);
  if (!settled) return refuse(style.command, settled.error().message);
  if (!options.quiet) say(style.command, messages);
  return TaskRun(std::move(tasks), options, style).run();
}

}  // namespace hevcpool::cli

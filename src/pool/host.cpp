// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/host.h"

#include "pool/chunk.h"
#include "pool/core.h"
#include "pool/outcome.h"

#include <algorithm>
#include <utility>

namespace hevcpool::pool {

Expected<std::unique_ptr<Host>> Host::start(PoolOptions options, TaskTable tasks, WorkerSetup setup) {
  auto core = std::make_shared<Core>(std::move(options), std::move(tasks), std::move(setup));
  HEVCPOOL_CHECK(core->start());
  return std::unique_ptr<Host>(new Host(std::move(core)));
}

Host::Host(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Host::~Host() { core_->shutdown(Pool::Shutdown::cancel); }

Job Host::submit(Submission submission) { return core_->submit(std::move(submission)); }

Job Host::submit(std::string task, std::string argument_json) {
  Submission submission;
  submission.task = std::move(task);
  submission.argument = std::move(argument_json);
  return core_->submit(std::move(submission));
}

std::vector<JobResult> Host::map(const std::string& task, const std::vector<std::string>& arguments, std::size_t chunk) {
  chunk = std::max<std::size_t>(1, chunk);
  std::vector<Job> jobs;
  for (std::size_t first = 0; first < arguments.size(); first += chunk) {
    Submission submission;
    submission.task = task;
    if (chunk == 1) {
      submission.argument = arguments[first];
    } else {
      submission.argument.clear();
      for (std::size_t i = first; i < std::min(first + chunk, arguments.size()); ++i)
        append_argument(submission.argument, arguments[i]);
    }
    jobs.push_back(core_->submit(std::move(submission), chunk == 1 ? std::uint16_t{0} : ipc::flag::chunk));
  }
  std::vector<JobResult> results;
  results.reserve(arguments.size());
  for (const Job& job : jobs) {
    JobResult result = job.result();
    if (chunk == 1) {
      results.push_back(std::move(result));
      continue;
    }
    for (JobResult& one : split_chunk(result, std::min(chunk, arguments.size() - results.size())))
      results.push_back(std::move(one));
  }
  return results;
}

void Host::shutdown(Pool::Shutdown how) { core_->shutdown(how); }
void Host::cancel_all() { core_->cancel_all(); }
void Host::kill() { core_->kill(); }
void Host::pause(bool paused) { core_->pause(paused); }
unsigned Host::workers() const { return core_->workers(); }

bool Host::on_own_thread() const { return core_->on_own_thread(); }
int Host::supervisor_pid() const { return core_->supervisor_pid(); }
std::vector<int> Host::worker_pids() const { return core_->worker_pids(); }
const std::string& Host::setup_report() const { return core_->setup_report(); }
std::size_t Host::open_jobs() const { return core_->open_jobs(); }
bool Host::lost() const { return core_->lost(); }

}  // namespace hevcpool::pool

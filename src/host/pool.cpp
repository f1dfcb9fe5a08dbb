// SPDX-License-Identifier: GPL-2.0-or-later
// The public Pool: the generic pool with the tasks that come with the product, its workers confined, and a
// job scheduler for the jobs that take several steps.
#include <hevcpool/encode.h>
#include <hevcpool/pool.h>
#include <hevcpool/tasks.h>

#include "base/memory.h"
#include "base/scheduling.h"
#include "host/job_scheduler.h"
#include "host/single_step_jobs.h"
#include "pool/host.h"
#include "sandbox/sandbox.h"
#include "tasks/encode.h"

#include <malloc.h>

#include <utility>

namespace hevcpool {

struct Pool::Impl {
  std::unique_ptr<pool::Host> host;
  std::shared_ptr<host::JobScheduler> scheduler;  // shared with handles that may still ask it to cancel
  std::unique_ptr<host::SingleStepJobs> small_jobs;
};

namespace {

pool::WorkerSetup confinement(const PoolOptions& wanted) {
  sandbox::SandboxOptions common{.address_space_bytes = wanted.worker_memory,
                                 .cpu_seconds = wanted.worker_cpu_seconds,
                                 .require = wanted.require_sandbox};
  return [common = std::move(common)](pool::WorkerSetupContext& context) -> Expected<std::string> {
    sandbox::SandboxOptions options = common;
    options.scratch_folder = context.scratch_folder();
    HEVCPOOL_ASSIGN(auto reached, sandbox::confine(options));
    return reached.json();
  };
}

struct Scheduling {
  int nice = 0;
  bool idle = false;
  Pin pin = Pin::none;
};

// Before the rights to do so are given up.
Expected<void> set_scheduling(const Scheduling& wanted, int worker) {
  if (wanted.pin != Pin::none) HEVCPOOL_CHECK(pin_to_cpu(static_cast<unsigned>(worker), wanted.pin == Pin::node));
  if (wanted.nice != 0) HEVCPOOL_CHECK(add_nice(wanted.nice));
  return wanted.idle ? use_idle_time_only() : Expected<void>{};
}

// Small jobs take and give back the same megabytes again and again; the kernel would fill each page with zeros anew.
void keep_freed_memory() {
  constexpr int kMegabyte = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the most that glibc's own adjustment reaches
  ::mallopt(M_TRIM_THRESHOLD, 64 * kMegabyte);
  ::mallopt(M_TOP_PAD, kMegabyte);
}

pool::WorkerSetup worker_setup(const PoolOptions& options) {
  auto confine = options.sandbox ? confinement(options) : pool::WorkerSetup{};
  const Scheduling scheduling{options.nice, options.idle, options.pin};
  return [confine = std::move(confine), scheduling](pool::WorkerSetupContext& context) -> Expected<std::string> {
    keep_freed_memory();
    HEVCPOOL_CHECK(set_scheduling(scheduling, context.worker()));
    return confine ? confine(context) : Expected<std::string>("null");
  };
}

plan::Limits limits(const pool::Host& host, unsigned threads, Order order) {
  constexpr double kShare = 0.8;  // of what is available now: others want to live, too
  return {.slots = std::max(threads, host.workers()),
          .memory = kShare * usable_memory(),
          .order = order == Order::longest_first ? plan::Order::longest_first : plan::Order::first_in_first_out,
          .workers = host.workers()};
}

}  // namespace

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Pool::~Pool() { shutdown(Shutdown::cancel); }

std::unique_ptr<Pool> Pool::start(PoolOptions options, std::string* error) {
  const auto order = options.order;
  const unsigned threads = options.threads;
  const host::JobSchedulerRules rules{.queue_limit = options.queue_limit, .add_threads = options.pin != Pin::cpu};
  auto setup = worker_setup(options);
  auto host = pool::Host::start(std::move(options), tasks::builtin_tasks(), std::move(setup));
  if (!host) {
    if (error != nullptr) *error = host.error().message;
    return nullptr;
  }
  auto impl = std::make_unique<Impl>();
  impl->host = std::move(*host);
  impl->scheduler = std::make_shared<host::JobScheduler>(*impl->host, limits(*impl->host, threads, order), rules);
  impl->small_jobs = std::make_unique<host::SingleStepJobs>(*impl->host);
  return std::unique_ptr<Pool>(new Pool(std::move(impl)));
}

Job Pool::submit(Submission submission) { return impl_->host->submit(std::move(submission)); }

Job Pool::submit(std::string task, std::string argument_json) {
  return impl_->host->submit(std::move(task), std::move(argument_json));
}

Job Pool::submit(Encode encode, EncodeCallbacks callbacks) {
  return impl_->scheduler->submit(std::move(encode), std::move(callbacks), false);
}

Job Pool::submit(Encode encode) { return submit(std::move(encode), EncodeCallbacks{}); }

Job submit(Pool& pool, AnyTask task) { return submit(pool, std::move(task), EncodeCallbacks{}); }

Job submit(Pool& pool, AnyTask task, EncodeCallbacks callbacks) {
  if (auto* encode = std::get_if<Encode>(&task)) return pool.submit(std::move(*encode), std::move(callbacks));
  return pool.impl().small_jobs->submit(std::move(task), std::move(callbacks));
}

Job Pool::submit(DryRun request) { return impl_->scheduler->submit(std::move(request.encode), {}, true); }

std::vector<JobResult> Pool::map(const std::string& task, const std::vector<std::string>& arguments, std::size_t chunk) {
  return impl_->host->map(task, arguments, chunk);
}

void Pool::shutdown(Shutdown how) {
  if (how == Shutdown::drain) impl_->scheduler->wait_until_empty();
  else impl_->scheduler->cancel_all();
  impl_->host->shutdown(how);
  impl_->scheduler->finish_all();
  impl_->small_jobs->finish_all();
}

void Pool::cancel_all() {
  impl_->scheduler->cancel_all();
  impl_->host->cancel_all();
}

// The job scheduler hears it first, so that no crash that follows looks like a reason to try again.
void Pool::kill() {
  impl_->scheduler->cancel_all();
  impl_->host->kill();
}

unsigned Pool::workers() const { return impl_->host->workers(); }
void Pool::pause() { impl_->host->pause(true); }
void Pool::resume() { impl_->host->pause(false); }
int Pool::supervisor_pid() const { return impl_->host->supervisor_pid(); }
std::vector<int> Pool::worker_pids() const { return impl_->host->worker_pids(); }
SandboxReport Pool::sandbox() const { return sandbox_report_from_json(impl_->host->setup_report()); }

}  // namespace hevcpool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/core.h"

#include "base/cpus.h"
#include "pool/outcome.h"
#include "pool/process.h"
#include "pool/scratch.h"
#include "pool/signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hevcpool::pool {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr unsigned kMaxWorkers = 1024;
constexpr milliseconds kFirstWord{10'000};   // a slow worker_start must not hold up start() for ever
constexpr milliseconds kStopMargin{2'000};   // beyond the grace period, before the supervisor itself is killed

milliseconds bounded_grace(Seconds grace) {
  return std::chrono::duration_cast<milliseconds>(std::clamp(grace, Seconds{0}, Seconds{3600}));
}

Expected<ipc::Descriptors> duplicate(const std::vector<int>& fds) {
  ipc::Descriptors copies;
  for (int fd : fds) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy.valid()) return fail_errno("pool", "duplicating a descriptor", errno);
    copies.add(std::move(copy));
  }
  return copies;
}

}  // namespace

Host::Core::Core(PoolOptions options, TaskTable tasks, WorkerSetup setup)
    : order_(options.order), queue_limit_(options.queue_limit), waiting_(options.order) {
  config_.workers = options.workers ? options.workers : usable_cpus();
  config_.jobs_per_worker = options.jobs_per_worker;
  config_.grace = bounded_grace(options.grace);
  options.tasks.merge(tasks);  // of two with one name, that of `options` stays
  config_.worker.tasks = std::move(options.tasks);
  config_.worker.worker_start = std::move(options.worker_start);
  config_.worker.setup = std::move(setup);
  config_.worker.scratch_root = new_scratch_root();
  config_.worker.descriptor_limit = descriptor_limit();
  for (const auto& [name, task] : config_.worker.tasks) {
    task_index_.emplace(name, static_cast<std::uint32_t>(config_.worker.by_index.size()));
    config_.worker.by_index.push_back(&task);
  }
}

Host::Core::~Core() = default;

Expected<void> Host::Core::start() {
  if (config_.workers > kMaxWorkers)
    return fail("pool", "bad_option", fmt::format("{} workers; at most {} are possible", config_.workers, kMaxWorkers));
  HEVCPOOL_CHECK(require_only_main_thread());
  HEVCPOOL_ASSIGN(page_, StatusPage::make(config_.workers));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.valid()) return fail_errno("pool", "eventfd", errno);
  depth_ = PrefetchDepth(config_.workers);
  in_flight_.resize(depth_.most());
  for (std::size_t i = in_flight_.size(); i-- > 0;) free_.push_back(static_cast<std::uint16_t>(i));
  HEVCPOOL_CHECK(fork_supervisor());
  auto first = await_first_worker();
  if (!first) {
    channel_.close();
    reap_worker();
  }
  return first;
}

Expected<void> Host::Core::fork_supervisor() {
  HEVCPOOL_ASSIGN(auto ends, ipc::Channel::pair());
  const pid_t host = ::getpid();
  {
    const SignalsBlocked blocked;
    supervisor_ = ::fork();
    if (supervisor_ == 0) run_supervisor(config_, *page_, ends.second.take(), host);
  }
  if (supervisor_ < 0) return fail_errno("pool", "fork", errno);
  page_->keep_from_children();
  channel_ = std::move(ends.first);
  return {};
}

Expected<void> Host::Core::await_first_worker() {
  const auto deadline = SteadyClock::now() + kFirstWord;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
    pollfd word{channel_.fd(), POLLIN, 0};
    const int ready = ::poll(&word, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready == 0) return {};
    if (ready < 0 && errno == EINTR) continue;
    const ipc::Received received = inbox_.receive(channel_.fd());
    if (received == ipc::Received::closed) return fail("pool", "pool_lost", "the supervisor ended at once");
    for (const ipc::Incoming& message : inbox_.messages()) {
      if (message.header.kind == ipc::Kind::broken) return fail("pool", "setup", std::string(message.body));
      if (message.header.kind != ipc::Kind::ready) continue;
      setup_report_ = message.body;
      return {};
    }
  }
}

// Why the request cannot be run; empty when it can.
std::string Host::Core::reject(const Submission& submission) const {
  if (!task_index_.contains(submission.task)) return fmt::format("there is no task named '{}'", submission.task);
  if (submission.argument.size() > ipc::kMaxBody) return "the argument is longer than 256 MiB";
  if (submission.descriptors.size() > ipc::kMaxDescriptors)
    return fmt::format("{} descriptors; at most {} are possible", submission.descriptors.size(), ipc::kMaxDescriptors);
  return {};
}

PoolJobPtr Host::Core::refused(Submission submission, std::string code, std::string message) {
  auto job = std::make_shared<PoolJob>(std::move(submission), 0, 0, std::weak_ptr<JobCanceller>());
  job->release();
  const Failure kind = code == "pool_lost" ? Failure::pool_lost : Failure::refused;
  job->complete(failure(kind, std::move(code), std::move(message)));
  return job;
}

Job Host::Core::submit(Submission submission, std::uint16_t flags) {
  if (auto problem = reject(submission); !problem.empty())
    return Job(refused(std::move(submission), "bad_request", std::move(problem)));
  auto copies = duplicate(submission.descriptors);
  if (!copies) return Job(refused(std::move(submission), copies.error().code, copies.error().message));
  const std::uint32_t task = task_index_.find(submission.task)->second;
  auto job = std::make_shared<PoolJob>(std::move(submission), task, flags, weak_from_this());
  job->descriptors = std::move(*copies);
  if (!enqueue(job)) {
    job->phase = Phase::ended;
    job->release();
    job->complete(failure(Failure::pool_lost, "pool_lost", why_ended()));
  }
  return Job(std::move(job));
}

std::string Host::Core::why_ended() const {
  std::lock_guard lock(mutex_);
  return broken_.empty() ? "the pool has ended" : broken_;
}

bool Host::Core::on_own_thread() const {
  const std::lock_guard lock(mutex_);
  return std::this_thread::get_id() == io_.get_id();
}

bool Host::Core::enqueue(const PoolJobPtr& job) {
  std::unique_lock lock(mutex_);
  if (queue_limit_ && std::this_thread::get_id() != io_.get_id())  // the pool's own thread would wait for itself
    room_.wait(lock, [this] { return waiting_.size() < queue_limit_ || closing_ || lost_; });
  if (closing_ || lost_) return false;
  open_.fetch_add(1, std::memory_order_relaxed);
  if (!io_started_) start_io();
  if (send_directly(job)) return true;
  waiting_.add(job);
  if (in_flight_count() < depth_.now()) wake();
  return true;
}

// The short way to an idle worker, without the I/O thread; only where nobody else is waiting already.
bool Host::Core::send_directly(const PoolJobPtr& job) {
  if (in_flight_count() >= depth_.now() || !waiting_.empty() || job->submission.open_descriptors) return false;
  if (job->submission.argument.size() > ipc::kMaxInlineBody) return false;
  assign(job);
  const auto message = ipc::outgoing(job_header(*job), job->submission.argument, job->descriptors.span());
  if (channel_.send(message) == ipc::Sent::yes) {
    job->phase = Phase::sent;
    return true;
  }
  release(job->wire_id);
  job->phase = Phase::waiting;
  return false;
}

void Host::Core::control(ipc::Kind kind, std::uint64_t job) {
  ipc::Header header;
  header.kind = kind;
  header.job = job;
  if (channel_.send(ipc::outgoing(header)) != ipc::Sent::full) return;
  controls_.push_back(header);
  wake();
}

bool Host::Core::cancel(PoolJob& job) {
  std::lock_guard lock(mutex_);
  return cancel_locked(job);
}

bool Host::Core::cancel_locked(PoolJob& job) {
  if (job.phase == Phase::ended) return false;
  if (std::exchange(job.cancel_requested, true)) return true;
  if (job.phase == Phase::waiting) {
    job.phase = Phase::ended;
    waiting_.forget_one();
    cancelled_.push_back(job.shared_from_this());
    room_.notify_one();
    wake();
  } else if (job.phase == Phase::sent) {
    control(ipc::Kind::cancel, job.wire_id);
  }
  return true;  // while it is being sent, the sender sees to it
}

void Host::Core::cancel_waiting() {
  for (PoolJobPtr& job : waiting_.take_all()) {
    job->phase = Phase::ended;
    cancelled_.push_back(std::move(job));
  }
  room_.notify_all();
  wake();
}

void Host::Core::cancel_all() {
  std::lock_guard lock(mutex_);
  cancel_waiting();
  for (const PoolJobPtr& job : in_flight_)
    if (job) cancel_locked(*job);
}

void Host::Core::shutdown(Pool::Shutdown how) {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    room_.notify_all();
    if (how == Pool::Shutdown::drain && std::this_thread::get_id() != io_.get_id())
      quiet_.wait(lock, [this] { return open_jobs() == 0 || lost_ || stopping_; });
    if (!stopping_ && !lost_) {
      stopping_ = true;
      cancel_waiting();
      control(ipc::Kind::stop);
      stop_deadline_ = SteadyClock::now() + config_.grace + kStopMargin;
    }
    quiet_.notify_all();
    wake();
  }
  join();
}

void Host::Core::kill() {
  std::lock_guard lock(mutex_);
  closing_ = stopping_ = true;
  cancel_waiting();
  control(ipc::Kind::kill);
  stop_deadline_ = SteadyClock::now() + std::chrono::seconds(1);
  quiet_.notify_all();
  room_.notify_all();
  wake();
}

void Host::Core::pause(bool paused) {
  std::lock_guard lock(mutex_);
  control(paused ? ipc::Kind::pause : ipc::Kind::resume);
}

void Host::Core::wake() {
  if (!io_started_ || std::exchange(woken_, true)) return;
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) return;  // only when it is full of wake-ups already
}

void Host::Core::start_io() {
  io_started_ = true;
  const SignalsBlocked blocked;  // the program's handlers run on the program's threads
  io_ = std::thread([this] { run_io(); });
}

// Waits until no process of the pool is left.
void Host::Core::join() {
  if (std::this_thread::get_id() == io_.get_id()) return;
  std::lock_guard joining(join_mutex_);
  if (io_.joinable()) return io_.join();
  if (io_started_ || reaped_) return;
  channel_.close();  // no job was ever submitted; the supervisor ends at the end of file
  reap_worker();
}

std::vector<int> Host::Core::worker_pids() const {
  std::vector<int> pids;
  for (unsigned slot = 0; slot < config_.workers; ++slot) {
    const int pid = page_->worker(slot);
    pids.push_back(pid > 0 ? pid : -1);
  }
  return pids;
}

bool Host::Core::lost() const {
  std::lock_guard lock(mutex_);
  return lost_ || closing_;
}

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// The pool's thread: one round is wait, receive, match, refill the supervisor (core_send.cpp), and only then tell the
// program.
#include "ipc/body.h"
#include "pool/core.h"
#include "pool/outcome.h"
#include "pool/signals.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace hevcpool::pool {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

bool worth_a_retry(ipc::Cause cause) { return cause == ipc::Cause::crash || cause == ipc::Cause::protocol; }

// What a user's function throws is its own affair; the pool's thread goes on.
template <class Function, class... Arguments>
void call(const Function& function, Arguments&&... arguments) noexcept {
  try {
    if (function) function(std::forward<Arguments>(arguments)...);
  } catch (...) {
  }
}

// Waits for the end of any process, child or not. False: it was still there at the deadline.
bool await_exit(int pid, SteadyClock::time_point deadline) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return errno == ESRCH;
  pollfd wanted{process.get(), POLLIN, 0};
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace

void Host::Core::run_io() {
  ::prctl(PR_SET_NAME, "hevcpool-io");
  std::vector<Ended> ended;
  while (wait_for_events()) {
    const bool supervised = receive();
    ended.clear();
    {
      std::lock_guard lock(mutex_);
      match(ended);
      take_cancelled(ended);
      if (supervised) refill();
    }
    send_controls();
    if (!to_prepare_.empty()) send_prepared(std::exchange(to_prepare_, {}), ended);
    notify(ended);
    if (!supervised) return lose_everything();
  }
}

// Always true; the loop ends with the supervisor.
bool Host::Core::wait_for_events() {
  SteadyClock::time_point deadline;
  {
    std::lock_guard lock(mutex_);
    deadline = stop_deadline_;
  }
  int timeout = -1;
  if (deadline != SteadyClock::time_point::max()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
    timeout = static_cast<int>(std::max<std::int64_t>(0, left));
  }
  pollfd wanted[2] = {{channel_.fd(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  const int ready = ::poll(wanted, 2, timeout);
  if (ready == 0) {
    ::kill(supervisor_, SIGKILL);  // its workers die with it
    std::lock_guard lock(mutex_);
    stop_deadline_ = SteadyClock::now() + std::chrono::seconds(1);
  }
  if (ready > 0 && wanted[1].revents) {
    std::uint64_t count;
    std::lock_guard lock(mutex_);
    woken_ = false;
    if (::read(wake_.get(), &count, sizeof count) < 0) return true;  // a spurious wake-up
  }
  return true;
}

// Reads messages to the end, large bodies included, while no lock is held. False at the end of file.
bool Host::Core::receive() {
  answers_.clear();
  const ipc::Received received = inbox_.receive(channel_.fd());
  if (received == ipc::Received::closed) return false;
  for (ipc::Incoming& message : inbox_.messages()) {
    Answer& answer = answers_.emplace_back(Answer{message.header, std::string(message.body)});
    if (!message.problem.empty() && !message.descriptors_lost) answer.header.job = 0;  // nothing will match it
    if (!(message.header.flags & ipc::flag::body_in_memfd)) continue;
    const UniqueFd file = message.descriptors.take_last();
    auto body = message.problem.empty() ? ipc::read_body(file.get(), message.header.body_size)
                                        : Expected<std::string>(fail("pool", "EMFILE", "no descriptor is free"));
    if (body) {
      answer.body = std::move(*body);
      continue;
    }
    answer.header.kind = ipc::Kind::lost;
    answer.header.status = static_cast<std::uint16_t>(ipc::Cause::protocol);
    answer.body = body.error().message;
  }
  return true;
}

void Host::Core::match(std::vector<Ended>& ended) {
  notes_.clear();
  for (Answer& answer : answers_) {
    switch (answer.header.kind) {
      case ipc::Kind::result:
      case ipc::Kind::lost: match_end(answer, ended); break;
      case ipc::Kind::broken:
        broken_ = std::move(answer.body);
        closing_ = true;
        room_.notify_all();
        break;
      case ipc::Kind::started:
      case ipc::Kind::progress:
        if (PoolJobPtr job = in_flight(answer.header.job))
          notes_.push_back({std::move(job), answer.header, std::move(answer.body)});
        break;
      default: break;  // ready: known since the start
    }
  }
}

void Host::Core::match_end(Answer& answer, std::vector<Ended>& ended) {
  const PoolJobPtr job = release(answer.header.job);
  if (!job) return;
  const bool lost = answer.header.kind == ipc::Kind::lost;
  depth_.learn(answer.header.wall_us);
  if (!lost || answer.header.worker >= 0) ++job->attempts;
  const bool again = lost && worth_a_retry(static_cast<ipc::Cause>(answer.header.status)) &&
                     job->attempts <= job->submission.retries && !job->cancel_requested && !stopping_ && broken_.empty();
  if (again) {
    job->phase = Phase::waiting;
    return waiting_.add_again(job);
  }
  job->phase = Phase::ended;
  Ended& end = ended.emplace_back();
  end.job = job;
  end.result = lost ? loss_of(answer.header, answer.body, job->submission)
                    : result_of(answer.header, std::move(answer.body));
  if (job->cancel_requested && (!end.result.error || end.result.error->kind != Failure::cancelled)) {
    const JobResult real = std::exchange(end.result, cancelled_result());  // cancel() has promised it
    end.result.worker = real.worker;
    end.result.usage = real.usage;
  }
  if (lost && !broken_.empty()) end.result.error = JobError{Failure::pool_lost, "pool", "pool_lost", broken_, {}};
}

void Host::Core::take_cancelled(std::vector<Ended>& ended) {
  for (PoolJobPtr& job : std::exchange(cancelled_, {})) ended.push_back({std::move(job), cancelled_result()});
}

PoolJobPtr Host::Core::in_flight(std::uint64_t wire_id) const {
  const std::size_t index = wire_id & 0xffff;
  if (index >= in_flight_.size() || !in_flight_[index] || in_flight_[index]->wire_id != wire_id) return nullptr;
  return in_flight_[index];
}

PoolJobPtr Host::Core::release(std::uint64_t wire_id) {
  PoolJobPtr job = in_flight(wire_id);
  if (!job) return nullptr;
  in_flight_[wire_id & 0xffff].reset();
  free_.push_back(static_cast<std::uint16_t>(wire_id & 0xffff));
  job->wire_id = 0;
  return job;
}

void Host::Core::notify(std::vector<Ended>& ended) {
  for (const Note& note : notes_) {
    if (note.header.kind == ipc::Kind::started) call(note.job->submission.on_start, note.header.worker);
    else call(note.job->submission.on_progress, std::string_view(note.text));
  }
  notes_.clear();
  for (Ended& end : ended) {
    end.result.attempts = end.job->attempts;
    end.job->release();
    end.job->complete(std::move(end.result));
  }
  const std::size_t count = ended.size();
  ended.clear();
  if (count == 0 || open_.fetch_sub(count, std::memory_order_acq_rel) != count) return;
  std::lock_guard lock(mutex_);
  quiet_.notify_all();
}

void Host::Core::lose_everything() {
  reap_supervisor(milliseconds(100));
  std::vector<Ended> ended;
  {
    std::lock_guard lock(mutex_);
    lost_ = closing_ = true;
    std::string reason = broken_;
    if (reason.empty())
      reason = supervisor_status_ >= 0 ? fmt::format("the pool's supervisor ended ({})", exit_code_name(supervisor_status_))
                                       : "the pool's supervisor is gone";
    take_cancelled(ended);
    std::vector<PoolJobPtr> open = waiting_.take_all();
    for (PoolJobPtr& job : in_flight_)
      if (job) open.push_back(std::exchange(job, nullptr));
    for (PoolJobPtr& job : open) {
      job->phase = Phase::ended;
      const bool cancelled = job->cancel_requested || stopping_;
      ended.push_back({job, cancelled ? cancelled_result() : failure(Failure::pool_lost, "pool_lost", reason)});
    }
    room_.notify_all();
  }
  notify(ended);
  reap_worker();
  std::lock_guard lock(mutex_);
  quiet_.notify_all();
}

// Reaps the supervisor, if it ends in time.
bool Host::Core::reap_supervisor(milliseconds patience) {
  if (reaped_) return true;
  if (!await_exit(supervisor_, SteadyClock::now() + patience)) return false;
  int status = 0;
  pid_t reaped;
  do reaped = ::waitpid(supervisor_, &status, 0);
  while (reaped < 0 && errno == EINTR);
  if (reaped == supervisor_) supervisor_status_ = status;
  return reaped_ = true;
}

// Returns when no process of the pool is left, neither alive nor as a zombie of ours.
void Host::Core::reap_worker() {
  if (!reap_supervisor(config_.grace + std::chrono::seconds(2))) {
    ::kill(supervisor_, SIGKILL);
    reap_supervisor(std::chrono::hours(1));
  }
  if (supervisor_status_ != 0) {
    // It did not reap its workers: the kernel kills them, which takes a moment.
    const auto deadline = SteadyClock::now() + std::chrono::seconds(2);
    for (int pid : worker_pids())
      if (pid > 0) await_exit(pid, deadline);
  }
  std::error_code ignored;
  std::filesystem::remove_all(config_.worker.scratch_root, ignored);
}

}  // namespace hevcpool::pool

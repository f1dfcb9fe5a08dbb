// SPDX-License-Identifier: GPL-2.0-or-later
// The pool's thread, sending: which jobs go to the supervisor next, and with what.
#include "ipc/body.h"
#include "pool/core.h"
#include "pool/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hevcpool::pool {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kSentTogether = 8;  // the first does not wait long for the last one's files

}  // namespace

// Gives the job an attempt's id and a place in the table; there must be a free one.
void Host::Core::assign(const PoolJobPtr& job) {
  const std::uint16_t index = free_.back();
  free_.pop_back();
  job->wire_id = (++sequence_ << 16) | index;
  job->phase = Phase::sending;
  in_flight_[index] = job;
}

ipc::Header Host::Core::job_header(const PoolJob& job) const {
  const auto micros = [](Seconds time) {
    return time.count() > 0 ? static_cast<std::uint64_t>(std::min(time.count(), 3.0e8) * 1e6) : 0;
  };
  ipc::Header header;
  header.kind = ipc::Kind::job;
  header.flags = job.flags;
  header.job = job.wire_id;
  header.task = job.task;
  header.worker = job.submission.avoid_worker;
  header.timeout_us = micros(job.submission.timeout);
  header.stall_us = micros(job.submission.stall_timeout);
  return header;
}

// What is worth deciding late (order by cost, descriptors to be opened) is never sent beyond the usual depth.
PoolJobPtr Host::Core::next_to_send() {
  if (in_flight_count() < depth_.usual()) return waiting_.take();
  const PoolJob* next = order_ == Order::first_in_first_out ? waiting_.peek() : nullptr;
  return next && in_flight_count() < depth_for(next->submission) ? waiting_.take() : nullptr;
}

std::size_t Host::Core::depth_for(const Submission& submission) const {
  if (!submission.open_descriptors) return depth_.now();
  return submission.opens_early ? depth_.early() : depth_.usual();
}

// Sends as many jobs as there is room for. Those that need more than a datagram are left in to_prepare_.
void Host::Core::refill() {
  std::vector<ipc::Outgoing> batch;
  std::vector<PoolJobPtr> jobs;
  while (PoolJobPtr job = next_to_send()) {
    assign(job);
    if (job->submission.open_descriptors || job->submission.argument.size() > ipc::kMaxInlineBody) {
      to_prepare_.push_back(std::move(job));
      continue;
    }
    batch.push_back(ipc::outgoing(job_header(*job), job->submission.argument, job->descriptors.span()));
    jobs.push_back(std::move(job));
  }
  if (queue_limit_ && (!jobs.empty() || !to_prepare_.empty())) room_.notify_all();
  if (batch.empty()) return;
  const std::size_t sent = channel_.send_batch(batch).first;
  for (std::size_t i = 0; i < sent; ++i) jobs[i]->phase = Phase::sent;
  for (std::size_t i = sent; i < jobs.size(); ++i) to_prepare_.push_back(std::move(jobs[i]));
}

// Opens what the jobs need, then sends them, some at a time, without the lock.
void Host::Core::send_prepared(std::span<const PoolJobPtr> jobs, std::vector<Ended>& ended) {
  while (!jobs.empty()) {
    std::vector<Prepared> batch;
    for (const PoolJobPtr& job : jobs.first(std::min(jobs.size(), kSentTogether))) batch.push_back(prepared(job));
    jobs = jobs.subspan(batch.size());
    send_all(batch);
    std::lock_guard lock(mutex_);
    for (Prepared& one : batch) settle(one, ended);
  }
}

Host::Core::Prepared Host::Core::prepared(const PoolJobPtr& job) {
  Prepared out{.job = job};
  ipc::Descriptors opened;
  out.problem = prepare(*job, opened, out.body);
  out.descriptors.assign(job->descriptors.span().begin(), job->descriptors.span().end());
  out.descriptors.insert(out.descriptors.end(), opened.span().begin(), opened.span().end());
  out.opened = std::move(opened);
  if (out.body.valid()) out.descriptors.push_back(out.body.get());
  return out;
}

ipc::Outgoing Host::Core::outgoing(const Prepared& one) const {
  ipc::Header header = job_header(*one.job);
  if (!one.body.valid()) return ipc::outgoing(header, one.job->submission.argument, one.descriptors);
  header.flags |= ipc::flag::body_in_memfd;
  header.body_size = static_cast<std::uint32_t>(one.job->submission.argument.size());
  return ipc::outgoing(header, {}, one.descriptors);
}

// As many as go at once travel together, the rest one by one.
void Host::Core::send_all(std::span<Prepared> batch) {
  std::vector<ipc::Outgoing> messages;
  std::vector<Prepared*> senders;
  for (Prepared& one : batch) {
    if (one.problem) continue;
    messages.push_back(outgoing(one));
    senders.push_back(&one);
  }
  for (std::size_t i = messages.empty() ? 0 : channel_.send_batch(messages).first; i < messages.size(); ++i) {
    if (send_patiently(messages[i]) != ipc::Sent::failed) continue;
    const int error = errno;
    senders[i]->problem = failure(Failure::refused, errno_name(error),
                                  fmt::format("the job could not be sent: {}", strerrordesc_np(error)));
  }
}

void Host::Core::settle(Prepared& one, std::vector<Ended>& ended) {
  PoolJob& job = *one.job;
  if (one.problem) {
    release(job.wire_id);
    job.phase = Phase::ended;
    ended.push_back({one.job, job.cancel_requested ? cancelled_result() : std::move(*one.problem)});
    return;
  }
  job.phase = Phase::sent;
  if (job.cancel_requested) control(ipc::Kind::cancel, job.wire_id);
}

std::optional<JobResult> Host::Core::prepare(PoolJob& job, ipc::Descriptors& opened, UniqueFd& body) {
  if (job.submission.open_descriptors) {
    try {
      auto result = job.submission.open_descriptors(job.attempts + 1);
      if (auto* error = std::get_if<TaskError>(&result)) {
        JobResult failed = failure(Failure::task, error->code, error->message);
        failed.error->stage = error->stage;
        failed.error->log = error->log;
        return failed;
      }
      opened = ipc::Descriptors(std::move(std::get<std::vector<int>>(result)));
    } catch (const std::exception& problem) {
      return failure(Failure::exception, "open_descriptors", problem.what());
    }
    if (opened.size() + job.descriptors.size() > ipc::kMaxDescriptors)
      return failure(Failure::refused, "bad_request", "more descriptors than can be sent");
  }
  if (job.submission.argument.size() > ipc::kMaxInlineBody) {
    auto file = ipc::make_body(job.submission.argument);
    if (!file) return failure(Failure::refused, file.error().code, file.error().message);
    body = std::move(*file);
  }
  return std::nullopt;
}

// The supervisor always reads, so a full socket empties soon; a dead one shows as closed.
ipc::Sent Host::Core::send_patiently(const ipc::Outgoing& message) {
  while (true) {
    const ipc::Sent sent = channel_.send(message);
    if (sent != ipc::Sent::full) return sent;
    if (channel_.wait_writable(1000)) continue;
    std::lock_guard lock(mutex_);
    if (SteadyClock::now() > stop_deadline_) return ipc::Sent::closed;
  }
}

void Host::Core::send_controls() {
  std::vector<ipc::Header> controls;
  {
    std::lock_guard lock(mutex_);
    if (controls_.empty()) return;
    controls.swap(controls_);
  }
  for (const ipc::Header& header : controls) send_patiently(ipc::outgoing(header));
}

}  // namespace hevcpool::pool

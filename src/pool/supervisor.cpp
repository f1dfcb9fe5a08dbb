// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/supervisor.h"

#include "ipc/body.h"
#include "pool/process.h"
#include "pool/scratch.h"
#include "pool/signals.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace hevcpool::pool {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kControlTag = 1'000'000, kSignalTag = 1'000'001;  // smaller tags are slots
constexpr std::size_t kControlBatch = 16;
constexpr std::size_t kFlushBatch = 32;
constexpr auto kFlushDelay = std::chrono::microseconds(200);
constexpr std::size_t kManyJobs = 4;  // waiting, per worker
constexpr auto kFlushDelayOfMany = std::chrono::milliseconds(2);

}  // namespace

Supervisor::Supervisor(const SupervisorConfig& config, StatusPage& page, ipc::Channel control, int null, int signals)
    : config_(config), page_(page), control_(std::move(control)), null_(null), signals_(signals),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)), slots_(config.workers),
      from_host_(ipc::Route::host_to_supervisor, kControlBatch, ipc::kMaxDescriptors + 1) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].index = static_cast<int>(i);
    slots_[i].act_at = Time::min();
  }
}

bool Supervisor::watch(int fd, std::uint64_t tag) {
  epoll_event event{EPOLLIN, {.u64 = tag}};
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Supervisor::run() {
  if (!epoll_.valid() || !watch(control_.fd(), kControlTag) || !watch(signals_, kSignalTag)) return;
  const UniqueFd scratch = hold_scratch_root(config_.worker.scratch_root);
  now_ = Clock::now();
  spawn_due();
  while (ending_ == Ending::no || anyone_alive() || (!unsent_.empty() && !host_gone_ && now_ < last_word_)) {
    wait_for_events();
    if (std::exchange(children_died_, false)) reap();
    expire();
    if (!flush_can_wait()) flush();
  }
  ::rmdir(config_.worker.scratch_root.c_str());  // each worker's own part went with the worker
  remove_abandoned_scratch(config_.worker.scratch_root);
}

Time Supervisor::next_wake() const {
  const Time next = next_deadline();
  return !unsent_.empty() && !waits_for_room_ ? std::min(next, flush_due()) : next;
}

// Blocks until something happens or is due.
int Supervisor::wait(std::span<epoll_event> events, Time until) const {
  const int room = static_cast<int>(events.size());
  if (until == kNever) return ::epoll_wait(epoll_.get(), events.data(), room, -1);
  const auto left = std::clamp<std::chrono::nanoseconds>(until - now_, 0s, 60s).count();
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), room, &timeout, nullptr);
  if (count >= 0 || errno != ENOSYS) return count;
  return ::epoll_wait(epoll_.get(), events.data(), room, static_cast<int>((left + 999'999) / 1'000'000));
}

void Supervisor::wait_for_events() {
  std::array<epoll_event, 64> events;
  const Time planned = next_wake(), before = now_;
  const int count = wait(events, planned);
  now_ = Clock::now();
  if (planned != kNever) extend_deadlines(planned, before);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
    if (tag == kControlTag) read_control();
    else if (tag == kSignalTag) read_signals();
    else if (slots_[tag].channel.open()) read_worker(slots_[tag], 4);
  }
}

void Supervisor::read_control() {
  const ipc::Received received = from_host_.receive(control_.fd());
  if (received == ipc::Received::nothing) return;
  if (received == ipc::Received::closed) {
    host_gone_ = true;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, control_.fd(), nullptr);
    return kill_all(Ending::terminated);
  }
  for (ipc::Incoming& message : from_host_.messages()) {
    handle_host_message(message);
    message.descriptors.clear();
  }
}

void Supervisor::handle_host_message(ipc::Incoming& message) {
  if (message.descriptors_lost && message.header.kind == ipc::Kind::job)
    return reply_lost(message.header.job, ipc::Cause::undelivered, EMFILE);
  if (!message.problem.empty()) return stop_all(Ending::terminated);  // a host that cannot speak is none
  switch (message.header.kind) {
    case ipc::Kind::job: return accept_job(message);
    case ipc::Kind::cancel: return cancel(message.header.job);
    case ipc::Kind::stop: return stop_all(Ending::told);
    case ipc::Kind::pause: return pause();
    case ipc::Kind::resume: return resume();
    default: return kill_all(Ending::told);
  }
}

void Supervisor::accept_job(ipc::Incoming& message) {
  if (ending_ != Ending::no) return reply_lost(message.header.job, ipc::Cause::cancelled);
  while (waiting_.empty()) {
    Slot* slot = idle_slot_for(message.header);
    if (!slot) break;
    if (give(*slot, ipc::outgoing(message.header, message.body, message.descriptors.span()))) return;
  }
  waiting_.push_back({message.header, std::string(message.body), std::move(message.descriptors)});
  // An idle worker may have been avoided by those before, or is to make room for another.
  if (waiting_.size() > 1 || (message.header.flags & ipc::flag::renew)) dispatch_all();
}

Slot* Supervisor::idle_slot_for(const ipc::Header& job) {
  for (Slot& slot : slots_)
    if (slot.takes_jobs() && (slot.suits(job) || must_do(job))) return &slot;
  return nullptr;
}

bool Supervisor::give(Slot& slot, const ipc::Outgoing& job) {
  switch (slot.channel.send(job)) {
    case ipc::Sent::yes: break;
    case ipc::Sent::failed: reply_lost(job.header.job, ipc::Cause::undelivered, errno); return true;
    default: kill_now(slot); return false;  // an idle worker that cannot be written to is on its way out
  }
  slot.begin(job.header, now_);
  if (job.header.flags & ipc::flag::report_start) {
    ipc::Header header;
    header.kind = ipc::Kind::started;
    header.job = slot.job;
    header.worker = slot.index;
    reply(header, {});
  }
  return true;
}

void Supervisor::dispatch(Slot& slot) {
  if (waiting_.empty() || !slot.takes_jobs()) return;
  const auto suits = [&](const QueuedMessage& job) { return slot.suits(job.header) || must_do(job.header); };
  const auto job = std::find_if(waiting_.begin(), waiting_.end(), suits);
  if (job == waiting_.end()) return renew_if_wanted(slot);
  if (give(slot, job->view())) waiting_.erase(job);
}

// There is no other slot, and nobody asked for another process.
bool Supervisor::must_do(const ipc::Header& job) const {
  return slots_.size() == 1 && !(job.flags & ipc::flag::renew);
}

// An idle worker that nothing waiting suits: one of those jobs may want another process in its place.
void Supervisor::renew_if_wanted(Slot& slot) {
  for (const QueuedMessage& job : waiting_)
    if (job.header.flags & ipc::flag::renew) return stop(slot, ipc::Cause::crash);
}

void Supervisor::dispatch_all() {
  for (Slot& slot : slots_) dispatch(slot);
}

void Supervisor::cancel(std::uint64_t job) {
  const auto waits = std::find_if(waiting_.begin(), waiting_.end(), [job](const QueuedMessage& p) { return p.header.job == job; });
  if (waits != waiting_.end()) {
    waiting_.erase(waits);
    return reply_lost(job, ipc::Cause::cancelled);
  }
  for (Slot& slot : slots_)
    if (slot.job == job && slot.state == SlotState::busy) stop(slot, ipc::Cause::cancelled);
}

// `most` bounds how long one worker keeps the others waiting.
void Supervisor::read_worker(Slot& slot, unsigned most) {
  for (unsigned i = 0; i < most && slot.channel.open(); ++i) {
    const ipc::Received received = from_worker_.receive(slot.channel.fd());
    if (received == ipc::Received::nothing) return;
    if (received == ipc::Received::closed) {
      // Usually it is dying and will be reaped at once; one that lives on without a channel is killed.
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, slot.channel.fd(), nullptr);
      slot.act_at = std::min(slot.act_at, now_ + std::chrono::milliseconds(100));
      return;
    }
    ipc::Incoming& message = from_worker_.messages().front();
    handle_worker_message(slot, message);
    message.descriptors.clear();
    if (message.header.kind == ipc::Kind::result) return;  // most often there is nothing behind it
  }
}

void Supervisor::handle_worker_message(Slot& slot, ipc::Incoming& message) {
  if (slot.state == SlotState::killed) return;
  if (!message.problem.empty()) return violate(slot, message.problem);
  if (message.header.kind != ipc::Kind::result && !slot.budget.take(now_))
    return violate(slot, "more messages than allowed");
  message.header.worker = slot.index;  // whatever the worker says
  switch (message.header.kind) {
    case ipc::Kind::ready: return handle_ready(slot, message);
    case ipc::Kind::progress: return handle_progress(slot, message);
    case ipc::Kind::result: return handle_result(slot, message);
    default: break;
  }
  if (slot.state == SlotState::starting) setup_problem_.assign(message.body);
  else if (slot.state != SlotState::stopping) violate(slot, "a failed setup after it was ready");
}

void Supervisor::handle_ready(Slot& slot, const ipc::Incoming& message) {
  if (slot.state == SlotState::stopping) return;
  if (slot.state != SlotState::starting) return violate(slot, "ready twice");
  slot.state = SlotState::idle;
  slot.ready = true;
  failed_setups_ = 0;
  ever_ready_ = true;
  if (!std::exchange(slot.reported, true)) reply(message.header, message.body);
  dispatch(slot);
}

void Supervisor::handle_progress(Slot& slot, const ipc::Incoming& message) {
  if (slot.job == 0 || message.header.job != slot.job) return violate(slot, "progress of a job that is not its own");
  if (slot.state != SlotState::busy) return;
  if (slot.stall.count()) slot.stall_deadline = now_ + slot.stall;
  if (slot.unsent_progress) {
    slot.unsent_progress->body.assign(message.body);
    return;
  }
  reply(message.header, message.body);
  if (!unsent_.empty()) slot.unsent_progress = &unsent_.back();
}

void Supervisor::handle_result(Slot& slot, ipc::Incoming& message) {
  if (slot.job == 0 || message.header.job != slot.job) return violate(slot, "the result of a job that is not its own");
  if (slot.state != SlotState::busy) return;  // too late: the job ends with the process
  if (message.header.flags & ipc::flag::body_in_memfd) {
    const int file = message.descriptors.span().back();
    if (const auto problem = ipc::problem_with_body_file(file, message.header.body_size); !problem.empty())
      return violate(slot, problem);
  }
  slot.user_us += message.header.user_us;
  slot.system_us += message.header.system_us;
  reply(message.header, message.body, std::move(message.descriptors));
  slot.end_job();
  slot.state = SlotState::idle;
  if (config_.jobs_per_worker && ++slot.jobs_done >= config_.jobs_per_worker) stop(slot, ipc::Cause::crash);
  else dispatch(slot);
}

void Supervisor::reply(ipc::Header header, std::string_view body, ipc::Descriptors descriptors) {
  if (ending_ == Ending::terminated) return;
  if (unsent_.empty()) oldest_unsent_ = now_;
  unsent_.push_back({header, std::string(body), std::move(descriptors)});
}

void Supervisor::reply_lost(std::uint64_t job, ipc::Cause cause, int status) {
  ipc::Header header;
  header.kind = ipc::Kind::lost;
  header.job = job;
  header.status = static_cast<std::uint16_t>(cause);
  header.exit_status = status;
  reply(header, {});
}

// While every worker has its next job here already, nobody needs the host at once: answers may travel together.
bool Supervisor::flush_can_wait() const {
  return ending_ == Ending::no && waiting_.size() >= slots_.size() && unsent_.size() < kFlushBatch &&
         now_ < flush_due();
}

Time Supervisor::flush_due() const {
  return oldest_unsent_ + (waiting_.size() >= slots_.size() * kManyJobs ? kFlushDelayOfMany : kFlushDelay);
}

void Supervisor::flush() {
  std::array<ipc::Outgoing, kFlushBatch> batch;
  while (!unsent_.empty() && !host_gone_) {
    const std::size_t count = std::min(batch.size(), unsent_.size());
    for (std::size_t i = 0; i < count; ++i) batch[i] = unsent_[i].view();
    const auto [sent, why] = control_.send_batch(std::span(batch).first(count));
    const std::size_t gone = why == ipc::Sent::failed ? sent + 1 : sent;  // what cannot be sent must not stop the rest
    for (std::size_t i = 0; i < gone; ++i) {
      if (unsent_.front().header.kind == ipc::Kind::progress)
        for (Slot& slot : slots_)
          if (slot.unsent_progress == &unsent_.front()) slot.unsent_progress = nullptr;
      unsent_.pop_front();
    }
    if (why == ipc::Sent::full) return watch_control(true);
    if (why == ipc::Sent::closed) break;
  }
  watch_control(false);
}

void Supervisor::watch_control(bool writable) {
  if (waits_for_room_ == writable || host_gone_) return;
  waits_for_room_ = writable;
  epoll_event event{EPOLLIN | (writable ? EPOLLOUT : 0u), {.u64 = kControlTag}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, control_.fd(), &event);
}

void run_supervisor(const SupervisorConfig& config, StatusPage& page, UniqueFd control, pid_t host) {
  ::setpgid(0, 0);
  sigset_t handled;
  ::sigemptyset(&handled);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&handled, signal);
  reset_signals();
  ::sigprocmask(SIG_SETMASK, &handled, nullptr);
  ignore_signal(SIGPIPE);
  discard_stdio();
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  auto kept = keep_descriptors(null.get(), null.get(), std::move(control));
  (void)null.release();  // closed with everything else
  if (!kept) ::_exit(1);
  name_process("hevcpool-super");
  page.keep_from_children();
  raise_descriptor_limit();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const UniqueFd signals(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid() || !die_with_parent(SIGTERM, host)) ::_exit(1);
  Supervisor(config, page, ipc::Channel(std::move(*kept)), STDIN_FILENO, signals.get()).run();
  ::_exit(0);
}

}  // namespace hevcpool::pool

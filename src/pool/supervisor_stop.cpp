// SPDX-License-Identifier: GPL-2.0-or-later
// How worker processes begin and end: spawn, the kill sequence, reaping, limits.
#include "pool/scratch.h"
#include "pool/signals.h"
#include "pool/spawn.h"
#include "pool/supervisor.h"
#include "pool/worker_log.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace hevcpool::pool {
namespace {

using std::chrono::milliseconds;

constexpr auto kLogCheck = std::chrono::seconds(1);
constexpr auto kOverslept = milliseconds(500);  // more than a busy machine delays a process

// A worker that dies without having had a job is replaced at once the first time, then ever more slowly.
milliseconds respawn_delay(unsigned fruitless) {
  if (fruitless <= 1) return milliseconds(0);
  return milliseconds(std::min(1000u, 10u << std::min(fruitless - 2, 7u)));
}

}  // namespace

void Supervisor::spawn_due() {
  for (Slot& slot : slots_)
    if (slot.state == SlotState::empty && slot.act_at <= now_ && ending_ == Ending::no) spawn(slot);
}

void Supervisor::spawn(Slot& slot) {
  if (const auto spawned = spawn_worker(slot, config_.worker, null_); !spawned) {
    setup_problem_ = spawned.error().message;
    slot.act_at = now_ + respawn_delay(++slot.fruitless + 1);
    if (++failed_setups_ >= 10 && !anyone_alive()) give_up("no worker can be started: " + setup_problem_);
    return;
  }
  page_.set_worker(static_cast<unsigned>(slot.index), slot.pid);
  if (paused_) signal_worker(slot, SIGSTOP);
  if (!watch(slot.channel.fd(), static_cast<std::uint64_t>(slot.index))) kill_now(slot);
}

// The kill sequence: ask, TERM, and KILL after the grace period; reap() ends it.
void Supervisor::stop(Slot& slot, ipc::Cause cause) {
  if (!slot.alive() || slot.state == SlotState::stopping || slot.state == SlotState::killed) return;
  slot.state = SlotState::stopping;
  slot.cause = cause;
  slot.act_at = std::min(slot.act_at, now_ + config_.grace);
  ipc::Header quit;
  quit.kind = ipc::Kind::quit;
  slot.channel.send(ipc::outgoing(quit));
  signal_worker(slot, SIGTERM);
  if (paused_) signal_worker(slot, SIGCONT);  // so that it can take the signal
}

void Supervisor::pause() {
  if (paused_ || ending_ != Ending::no) return;
  paused_ = true;
  paused_at_ = now_;
  for (const Slot& slot : slots_)
    if (slot.alive() && slot.state != SlotState::stopping) signal_worker(slot, SIGSTOP);
}

void Supervisor::resume() {
  if (!paused_) return;
  paused_ = false;
  for (Slot& slot : slots_) {
    if (slot.deadline != kNever) slot.deadline += now_ - paused_at_;
    if (slot.stall_deadline != kNever) slot.stall_deadline += now_ - paused_at_;
    if (slot.alive()) signal_worker(slot, SIGCONT);
  }
}

// The limits of a job stand still while it does.
Time Supervisor::due(const Slot& slot) const {
  return paused_ && slot.state == SlotState::busy ? slot.act_at : slot.next();
}

void Supervisor::kill_now(Slot& slot) {
  if (!slot.alive()) return;
  slot.state = SlotState::killed;
  slot.act_at = kNever;
  signal_worker(slot, SIGKILL);
}

void Supervisor::violate(Slot& slot, std::string_view rule) {
  slot.violation = rule;
  if (slot.state != SlotState::stopping) slot.cause = ipc::Cause::protocol;
  kill_now(slot);
}

void Supervisor::stop_all(Ending why) {
  for (const QueuedMessage& job : std::exchange(waiting_, {})) reply_lost(job.header.job, ipc::Cause::cancelled);
  if (ending_ == Ending::no) ending_ = why;
  last_word_ = now_ + config_.grace + std::chrono::seconds(1);
  for (Slot& slot : slots_) stop(slot, ipc::Cause::cancelled);
}

void Supervisor::kill_all(Ending why) {
  stop_all(why);
  last_word_ = now_ + std::chrono::seconds(1);
  for (Slot& slot : slots_) kill_now(slot);
}

void Supervisor::read_signals() {
  signalfd_siginfo info;
  while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) children_died_ = true;
    else stop_all(Ending::terminated);
  }
}

// The group is killed before its leader is reaped: until then its number cannot belong to anyone else.
void Supervisor::reap() {
  siginfo_t dead{};
  bool any = false;
  while (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
    const pid_t pid = std::exchange(dead.si_pid, 0);
    const auto slot = std::find_if(slots_.begin(), slots_.end(), [pid](const Slot& s) { return s.pid == pid; });
    if (slot != slots_.end()) {
      slot->act_at = now_;  // no more jobs for it
      read_worker(*slot, 16);  // what it said before it died counts
      signal_worker(*slot, SIGKILL);
    }
    int status = 0;
    rusage usage{};
    if (::wait4(pid, &status, 0, &usage) != pid) continue;
    if (slot == slots_.end()) continue;
    reap_worker(*slot, status, usage);
    any = true;
  }
  if (any) kill_strays(slots_);
}

void Supervisor::reap_worker(Slot& slot, int status, const rusage& usage) {
  page_.set_worker(static_cast<unsigned>(slot.index), 0);
  const bool never_ready = !slot.ready;
  if (slot.job) {
    ipc::Header header;
    header.kind = ipc::Kind::lost;
    header.job = slot.job;
    header.worker = slot.index;
    header.status = static_cast<std::uint16_t>(slot.cause);
    header.exit_status = status;
    add_usage(header, slot, usage, now_);
    reply(header, slot.cause == ipc::Cause::protocol ? std::string(slot.violation) : log_tail(slot.log.get()));
  } else {
    ++slot.fruitless;
  }
  if (never_ready && setup_problem_.empty()) setup_problem_ = exit_sentence(status);
  std::error_code ignored;
  std::filesystem::remove_all(scratch_folder_of(config_.worker.scratch_root, slot.index), ignored);
  slot.clear();
  slot.act_at = now_ + respawn_delay(slot.fruitless);
  if (never_ready && ++failed_setups_ >= (ever_ready_ ? 10u : 3u) && ending_ == Ending::no)
    give_up(std::exchange(setup_problem_, {}));
}

void Supervisor::give_up(std::string reason) {
  ipc::Header header;
  header.kind = ipc::Kind::broken;
  reason.resize(std::min(reason.size(), ipc::kMaxReport));
  reply(header, reason);
  stop_all(Ending::told);
}

void Supervisor::expire() {
  for (Slot& slot : slots_) {
    if (due(slot) > now_) continue;
    if (slot.state == SlotState::empty) {
      if (ending_ == Ending::no) spawn(slot);
    } else if (!paused_ && slot.state == SlotState::busy && slot.deadline <= now_) {
      stop(slot, ipc::Cause::timeout);
    } else if (!paused_ && slot.state == SlotState::busy && slot.stall_deadline <= now_) {
      stop(slot, ipc::Cause::stall);
    } else {
      kill_now(slot);
    }
  }
  if (now_ < log_check_) return;
  log_check_ = now_ + kLogCheck;
  for (const Slot& slot : slots_)
    if (slot.job) bound_log(slot.log.get());
}

// A supervisor that wakes far later than it planned did not run, nor did its workers: the machine or a debugger held
// them all. That time is nobody's fault, so every limit moves by it.
void Supervisor::extend_deadlines(Time planned, Time before) {
  if (now_ < std::max(planned, before) + kOverslept) return;
  for (Slot& slot : slots_) {
    if (slot.deadline != kNever) slot.deadline += now_ - before;
    if (slot.stall_deadline != kNever) slot.stall_deadline = now_ + slot.stall;
    if (slot.state == SlotState::stopping && slot.act_at != kNever) slot.act_at += now_ - before;
  }
}

Time Supervisor::next_deadline() const {
  Time next = ending_ == Ending::no ? kNever : last_word_;
  bool busy = false;
  for (const Slot& slot : slots_) {
    if (slot.state == SlotState::empty && ending_ != Ending::no) continue;
    next = std::min(next, due(slot));
    busy = busy || slot.job != 0;
  }
  return busy ? std::min(next, log_check_) : next;
}

bool Supervisor::anyone_alive() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.alive(); });
}

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// One place for a worker, as the supervisor sees it: the process that is in it, what it does, and until when.
// Plain data of the supervisor's one thread.
//
//   empty ──spawn──▶ starting ──ready──▶ idle ◀──result── busy
//     ▲                  │                │  ──job──▶      │
//     │                  └────────┬───────┴────────────────┘  cancel, limit, recycling, stop
//     │                        stopping ──grace over──▶ killed      (a liar goes straight to killed)
//     └──────── reaped: from every state but empty ───────┘
#pragma once

#include "base/unique_fd.h"
#include "ipc/channel.h"
#include "ipc/descriptors.h"
#include "pool/shared_atomic.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

struct rusage;

namespace hevcpool::pool {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
constexpr Time kNever = Time::max();

// A message that is kept: a job that waits for a worker, or an answer that waits for the host.
struct QueuedMessage {
  ipc::Header header;
  std::string body;  // inline; empty when it is in a memfd
  ipc::Descriptors descriptors;
  ipc::Outgoing view() const { return ipc::outgoing(header, body, descriptors.span()); }
};

enum class SlotState { empty, starting, idle, busy, stopping, killed };

// Bounds how many messages beside its results a worker may send: kBurst at once, kPerSecond in the long run, and
// kPerJob for each job, as an honest worker sends the first and the last progress of each.
class MessageBudget {
 public:
  bool take(Time now);
  void refill() { left_ = kBurst; }
  void begin_job() { left_ += kPerJob; }

 private:
  static constexpr double kPerSecond = 1000, kBurst = 2000, kPerJob = 2;
  double left_ = kBurst;
  Time last_{};
};

struct Slot {
  int index = 0;
  SlotState state = SlotState::empty;
  pid_t pid = 0;
  ipc::Channel channel;
  UniqueFd log;
  SharedAtomic doing;                       // what the worker says that it is at

  // The attempt it works on, 0 when none; kept in stopping and killed, until the worker is reaped.
  std::uint64_t job = 0;
  ipc::Cause cause = ipc::Cause::crash;   // why it is lost if it is lost
  std::string_view violation;             // which rule a liar broke
  Time started{}, deadline = kNever, stall_deadline = kNever;
  std::chrono::microseconds stall{0};
  QueuedMessage* unsent_progress = nullptr;      // in the supervisor's outgoing queue; a newer one overwrites it

  MessageBudget budget;
  unsigned jobs_done = 0;                 // by this process
  std::uint64_t user_us = 0, system_us = 0;  // reported for those
  bool ready = false;                     // this process has been
  bool used = false;                      // this process has had a job
  bool reported = false;                  // the host has seen a ready from this slot
  Time act_at = kNever;                   // empty: spawn; stopping: KILL; idle, busy: KILL after a closed channel
  unsigned fruitless = 0;                 // processes in a row that ended without having had a job

  bool alive() const { return state != SlotState::empty; }
  bool takes_jobs() const { return state == SlotState::idle && act_at == kNever; }
  void begin(const ipc::Header& job_header, Time now);
  void end_job();
  // Whether this process may have the job, as far as the job's wish to avoid one goes.
  bool suits(const ipc::Header& wanted) const;
  // When something is due.
  Time next() const;
  // Ready for another process; what is remembered across processes stays.
  void clear();
};

// Usage of a job that was lost, from what the kernel says of the whole process; and what the process was at.
void add_usage(ipc::Header& header, const Slot& slot, const rusage& usage, Time now);

}  // namespace hevcpool::pool

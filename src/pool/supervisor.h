// SPDX-License-Identifier: GPL-2.0-or-later
// The supervisor: a process with one thread for ever, which forks the workers, hands them jobs, kills and replaces
// them, and passes what they say on to the host. It reads headers only, believes no worker, waits for nobody: a
// host that does not read costs memory for the few answers there can be (sixteen jobs per worker at most), never a stop.
// It ends when the host says so, when the host is gone, or when no worker can be prepared.
#pragma once

#include "ipc/inbox.h"
#include "pool/slot.h"
#include "pool/status_page.h"
#include "pool/worker.h"

#include <chrono>
#include <deque>
#include <span>
#include <string>
#include <vector>

struct epoll_event;

namespace hevcpool::pool {

struct SupervisorConfig {
  unsigned workers = 1;
  unsigned jobs_per_worker = 0;
  std::chrono::milliseconds grace{5000};
  WorkerConfig worker;
};

class Supervisor {
 public:
  // `null` is an open /dev/null, `signals` a signalfd for SIGCHLD, TERM, INT and HUP; both borrowed.
  Supervisor(const SupervisorConfig& config, StatusPage& page, ipc::Channel control, int null, int signals);
  // Returns when every worker is reaped and, if the host still listens, everything is said.
  void run();

 private:
  // Why nothing new is started any more.
  enum class Ending {
    no,
    told,       // stop or kill: lost jobs are reported
    terminated  // TERM, or the host is gone: nobody is told, the host sees the end of file
  };

  // supervisor.cpp: the loop and the way of a job
  bool watch(int fd, std::uint64_t tag);
  void wait_for_events();
  void extend_deadlines(Time planned, Time before);
  void read_control();
  void handle_host_message(ipc::Incoming& message);
  void accept_job(ipc::Incoming& message);
  Slot* idle_slot_for(const ipc::Header& job);
  // Hands the job over; false when this worker turned out to be gone.
  bool give(Slot& slot, const ipc::Outgoing& job);
  void dispatch(Slot& slot);
  bool must_do(const ipc::Header& job) const;
  void renew_if_wanted(Slot& slot);
  void dispatch_all();
  void cancel(std::uint64_t job);
  void read_worker(Slot& slot, unsigned most);
  void handle_worker_message(Slot& slot, ipc::Incoming& message);
  void handle_ready(Slot& slot, const ipc::Incoming& message);
  void handle_progress(Slot& slot, const ipc::Incoming& message);
  void handle_result(Slot& slot, ipc::Incoming& message);
  void reply(ipc::Header header, std::string_view body, ipc::Descriptors descriptors = {});
  void reply_lost(std::uint64_t job, ipc::Cause cause, int status = 0);
  void flush();
  bool flush_can_wait() const;
  Time flush_due() const;
  int wait(std::span<epoll_event> events, Time until) const;
  Time next_wake() const;
  void watch_control(bool writable);

  // supervisor_stop.cpp: the way of a process
  void spawn_due();
  void spawn(Slot& slot);
  void stop(Slot& slot, ipc::Cause cause);
  void kill_now(Slot& slot);
  void violate(Slot& slot, std::string_view rule);
  void pause();
  void resume();
  Time due(const Slot& slot) const;
  void stop_all(Ending why);
  void kill_all(Ending why);
  void read_signals();
  void reap();
  void reap_worker(Slot& slot, int status, const rusage& usage);
  void give_up(std::string reason);
  void expire();
  Time next_deadline() const;
  bool anyone_alive() const;

  const SupervisorConfig& config_;
  StatusPage& page_;
  ipc::Channel control_;
  const int null_, signals_;
  UniqueFd epoll_;
  std::vector<Slot> slots_;
  ipc::Inbox from_host_;
  ipc::Inbox from_worker_{ipc::Route::worker_to_supervisor, 1, 1};
  std::deque<QueuedMessage> waiting_;   // the common queue of prefetched jobs, most often one per worker
  std::deque<QueuedMessage> unsent_;    // to the host, in order
  Time oldest_unsent_{};         // when unsent_ stopped being empty
  bool waits_for_room_ = false;  // the control socket is full
  Ending ending_ = Ending::no;
  bool host_gone_ = false;
  bool children_died_ = false;
  bool paused_ = false;
  Time paused_at_{};
  Time now_{};
  Time log_check_{};
  Time last_word_ = kNever;      // ending: how long the host gets to read what is unsent
  unsigned failed_setups_ = 0;   // in a row, over all slots
  bool ever_ready_ = false;
  std::string setup_problem_;
};

// What the forked child of the host does; never returns. `host` is the parent.
[[noreturn]] void run_supervisor(const SupervisorConfig& config, StatusPage& page, UniqueFd control, pid_t host);

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// The host's half of a pool: the queue, the table of what the supervisor has, and the I/O thread that feeds one
// from the other. One mutex guards all state; system calls that may wait, user callbacks and the destructors of
// user functions happen outside it. core.cpp is what other threads call, core_io.cpp and core_send.cpp are the I/O
// thread.
#pragma once

#include "ipc/inbox.h"
#include "pool/host.h"
#include "pool/pool_job.h"
#include "pool/prefetch_depth.h"
#include "pool/status_page.h"
#include "pool/supervisor.h"
#include "pool/waiting_jobs.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {

class Host::Core : public JobCanceller, public std::enable_shared_from_this<Host::Core> {
 public:
  Core(PoolOptions options, TaskTable tasks, WorkerSetup setup);
  ~Core() override;

  // Forks the supervisor and waits for the first word from a worker.
  Expected<void> start();

  Job submit(Submission submission, std::uint16_t flags = 0);
  bool cancel(PoolJob& job) override;
  void cancel_all();
  void shutdown(Pool::Shutdown how);
  void kill();
  void pause(bool paused);

  unsigned workers() const { return config_.workers; }
  bool on_own_thread() const;
  int supervisor_pid() const { return supervisor_; }
  std::vector<int> worker_pids() const;
  const std::string& setup_report() const { return setup_report_; }
  std::size_t open_jobs() const { return open_.load(std::memory_order_relaxed); }
  bool lost() const;

 private:
  using Phase = PoolJob::Phase;
  struct Answer {  // a message from the supervisor, read to the end
    ipc::Header header;
    std::string body;
  };
  struct Note {    // a callback other than the last
    PoolJobPtr job;
    ipc::Header header;
    std::string text;
  };
  struct Ended {
    PoolJobPtr job;
    JobResult result;
  };

  struct Prepared {  // a job with all that travels with it, or why it cannot
    PoolJobPtr job;
    ipc::Descriptors opened;
    UniqueFd body;                 // an argument that is too long for a message
    std::vector<int> descriptors;  // all of them; borrowed from the job and from here
    std::optional<JobResult> problem;
  };

  // core.cpp
  Expected<void> fork_supervisor();
  Expected<void> await_first_worker();
  std::shared_ptr<PoolJob> refused(Submission submission, std::string code, std::string message);
  std::string reject(const Submission& submission) const;
  std::string why_ended() const;
  bool enqueue(const PoolJobPtr& job);
  bool send_directly(const PoolJobPtr& job);
  void control(ipc::Kind kind, std::uint64_t job = 0);
  bool cancel_locked(PoolJob& job);
  void cancel_waiting();
  void wake();
  void start_io();
  void join();

  // core_io.cpp
  void run_io();
  bool wait_for_events();
  bool receive();
  void match(std::vector<Ended>& ended);
  void match_end(Answer& answer, std::vector<Ended>& ended);
  void take_cancelled(std::vector<Ended>& ended);
  PoolJobPtr in_flight(std::uint64_t wire_id) const;
  PoolJobPtr release(std::uint64_t wire_id);
  std::size_t in_flight_count() const { return in_flight_.size() - free_.size(); }
  void notify(std::vector<Ended>& ended);
  void lose_everything();
  bool reap_supervisor(std::chrono::milliseconds patience);
  void reap_worker();

  // core_send.cpp
  PoolJobPtr next_to_send();
  std::size_t depth_for(const Submission& submission) const;
  void assign(const PoolJobPtr& job);
  ipc::Header job_header(const PoolJob& job) const;
  void refill();
  std::optional<JobResult> prepare(PoolJob& job, ipc::Descriptors& opened, UniqueFd& body);
  void send_prepared(std::span<const PoolJobPtr> jobs, std::vector<Ended>& ended);
  Prepared prepared(const PoolJobPtr& job);
  ipc::Outgoing outgoing(const Prepared& one) const;
  void send_all(std::span<Prepared> batch);
  void settle(Prepared& one, std::vector<Ended>& ended);
  ipc::Sent send_patiently(const ipc::Outgoing& message);
  void send_controls();

  SupervisorConfig config_;
  const Order order_;
  const std::size_t queue_limit_;
  std::map<std::string, std::uint32_t, std::less<>> task_index_;
  std::unique_ptr<StatusPage> page_;
  ipc::Channel channel_;
  ipc::Inbox inbox_{ipc::Route::supervisor_to_host, 32, 1};
  UniqueFd wake_;
  int supervisor_ = -1;
  int supervisor_status_ = -1;       // as wait(2) gives it, once it is buried; I/O thread or last owner
  std::string setup_report_ = "null";

  mutable std::mutex mutex_;
  std::condition_variable room_;     // the queue is below its limit, or nothing will be taken any more
  std::condition_variable quiet_;    // no job is open, or the end has come otherwise
  WaitingJobs waiting_;
  std::vector<PoolJobPtr> in_flight_;       // by the low bits of the wire id; null where free
  std::vector<std::uint16_t> free_;         // indices of in_flight_
  PrefetchDepth depth_;
  std::uint64_t sequence_ = 0;
  std::vector<PoolJobPtr> cancelled_;       // to be completed by the I/O thread
  std::vector<ipc::Header> controls_;       // that found the socket full
  std::string broken_;                      // why the supervisor ended the pool
  bool closing_ = false;                    // nothing is accepted any more
  bool stopping_ = false;                   // open jobs end as cancelled, not as lost
  bool lost_ = false;
  bool woken_ = false;
  bool io_started_ = false;
  std::chrono::steady_clock::time_point stop_deadline_ = std::chrono::steady_clock::time_point::max();

  std::atomic<std::size_t> open_{0};
  std::mutex join_mutex_;
  std::thread io_;

  // Of the I/O thread alone:
  std::vector<Answer> answers_;
  std::vector<Note> notes_;
  std::vector<PoolJobPtr> to_prepare_;
  bool reaped_ = false;
};

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// The process pool: concurrent.futures.ProcessPoolExecutor for C++. Pool::start() forks the supervisor, which
// forks the workers; start it on the main thread, before the program has others. All other members may be called
// from any thread. A Pool must outlive none of its Jobs: handles stay readable after the pool is gone.
#pragma once

#include <hevcpool/export.h>
#include <hevcpool/result.h>
#include <hevcpool/sandbox.h>
#include <hevcpool/task.h>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hevcpool {

using Seconds = std::chrono::duration<double>;

enum class Order { first_in_first_out, longest_first };
enum class Pin { none, cpu, node };         // worker N stays on the Nth usable CPU, or on its NUMA node

struct PoolOptions {
  unsigned workers = 0;                     // 0: the CPUs this process may use (affinity mask and cgroup quota)
  unsigned threads = 0;                     // busy threads of all encoders together; 0: one per worker
  TaskTable tasks;                          // the program's own tasks; the built-in ones are there as well
  Order order = Order::first_in_first_out;  // longest_first sorts what waits by Submission::cost
  unsigned jobs_per_worker = 0;             // a worker is replaced after so many jobs; 0: never
  Seconds grace{5};                         // from TERM to KILL
  std::size_t queue_limit = 0;              // submit() outside callbacks blocks while so many wait; 0: never
  int nice = 0;                             // added to the workers' nice level
  bool idle = false;                        // workers get only the time that nobody else wants (SCHED_IDLE)
  Pin pin = Pin::none;
  bool sandbox = true;                      // confine the workers
  bool require_sandbox = false;             // fail to start where the kernel cannot confine them fully
  std::uint64_t worker_memory = 0;          // bytes of address space of a confined worker; 0: no limit
  std::uint64_t worker_cpu_seconds = 0;     // CPU time of a confined worker, over all its jobs; 0: no limit
  std::function<void()> worker_start;       // runs in each worker before its first job, before the sandbox closes
};

class JobState;
struct Encode;
struct EncodeCallbacks;
struct DryRun;

// Handle of a submitted job. Copies share the job. Reading is thread-safe.
class HEVCPOOL_API Job {
 public:
  Job() = default;
  explicit Job(std::shared_ptr<JobState> state) : state_(std::move(state)) {}

  std::uint64_t id() const;
  bool done() const;
  // Waits for the result, at most `timeout`. Nothing: not done in time (the job goes on).
  std::optional<JobResult> result(Seconds timeout) const;
  // Waits without limit.
  JobResult result() const;
  // Queued: it never runs. Running: its process group is killed and the worker replaced. Returns false when the
  // job was done before. The result arrives like any other, with Failure::cancelled.
  bool cancel() const;
  // Calls `callback` once with the result, on a thread of the pool, or at once when the job is done already.
  void when_done(std::function<void(const JobResult&)> callback) const;
  // The same, except that a job that is done already leaves `callback` uncalled and returns false.
  bool when_done_later(std::function<void(const JobResult&)> callback) const;
  explicit operator bool() const { return state_ != nullptr; }
  const std::shared_ptr<JobState>& state() const { return state_; }

 private:
  std::shared_ptr<JobState> state_;  // shared by handles and pool: whichever lives longer needs it
};

// How one job is run. Every field has a sensible default.
struct Submission {
  std::string task;
  std::string argument = "null";              // JSON text
  std::vector<int> descriptors;               // borrowed until submit() returns; the pool keeps duplicates
  // Instead of `descriptors`: opened when a worker is about to take the job, afresh for each attempt, and owned
  // by the pool from then on. Runs on the pool's thread. An error fails the job without a worker.
  std::function<std::variant<std::vector<int>, TaskError>(unsigned attempt)> open_descriptors;
  bool opens_early = false;                   // that makes nothing: while jobs take but a few milliseconds, it may
                                              // run some jobs ahead, which saves messages
  std::function<void(int worker)> on_start;           // a worker took the job; called on the pool's thread
  std::function<void(std::string_view)> on_progress;  // called on the pool's thread; must not block
  unsigned retries = 0;                       // more attempts after the worker died under the job
  Seconds timeout{0};                         // wall time of one attempt; 0: none
  Seconds stall_timeout{0};                   // time without a progress message; 0: none
  double cost = 0;                            // for longest_first: any unit, the same for all jobs
  bool renew_avoided = false;                 // of avoid_worker: do not wait for another slot; where only that one is
                                              // idle, a new process takes the job there
  int avoid_worker = -1;                      // not on this slot, where the pool has another one
};

class HEVCPOOL_API Pool {
 public:
  struct Impl;

  // Forks. On failure (threads exist already, fork failed, no memory) returns nothing and fills `error`.
  static std::unique_ptr<Pool> start(PoolOptions options, std::string* error = nullptr);
  ~Pool();  // shutdown(cancel)

  Job submit(Submission submission);
  Job submit(std::string task, std::string argument_json);
  // One file to HEVC, whatever it takes: inspection, encoding, verification, commit. The result's body is the
  // `done` object of the command line without its "event". Declared in <hevcpool/encode.h>.
  Job submit(Encode encode, EncodeCallbacks callbacks);
  Job submit(Encode encode);
  // What submit(Encode) would do, without doing it.
  Job submit(DryRun request);
  // Runs one task over many arguments; results in the order of the arguments. `chunk` arguments travel as one
  // message, which pays for very small tasks; they share the fate of their worker.
  std::vector<JobResult> map(const std::string& task, const std::vector<std::string>& arguments, std::size_t chunk = 1);
  // The same over any range of texts, read once.
  template <std::ranges::input_range Arguments>
    requires std::convertible_to<std::ranges::range_reference_t<Arguments>, std::string>
  std::vector<JobResult> map(const std::string& task, Arguments&& arguments, std::size_t chunk = 1) {
    std::vector<std::string> all;
    for (auto&& argument : arguments) all.emplace_back(std::forward<decltype(argument)>(argument));
    return map(task, static_cast<const std::vector<std::string>&>(all), chunk);
  }

  enum class Shutdown { drain, cancel };
  // drain: every submitted job is finished first. cancel: queued jobs never run, running ones are stopped.
  // Returns when no process of the pool is left. Later submissions get Failure::pool_lost.
  void shutdown(Shutdown how = Shutdown::drain);
  // Cancels every open job; the pool stays usable.
  void cancel_all();
  // KILL to every group, now: the second interrupt.
  void kill();
  // Stops all workers where they are; their time limits stand still, too. What was submitted stays so.
  void pause();
  void resume();

  unsigned workers() const;
  // Process ids of the supervisor and of the present workers, for monitoring.
  int supervisor_pid() const;
  std::vector<int> worker_pids() const;
  // What the workers gave up before their first job. Without layers when they are not confined.
  SandboxReport sandbox() const;
  Impl& impl() { return *impl_; }

 private:
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hevcpool

#include <hevcpool/as_completed.h>

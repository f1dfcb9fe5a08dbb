// SPDX-License-Identifier: GPL-2.0-or-later
// Decides what runs next. One Batch holds every encode job of a pool: it is told what happened and answers with
// what to do now. It touches no file, process or clock, so that a test or a simulation can drive it.
//
//   queued → inspecting → waiting → encoding → verifying → committing → done
//                 ↑  └ (crash)↑         └ (crash) back to waiting, verifying: once more
//
// A step that occupies a slot of the pool is a run. Every run ends with exactly one event: finished, failed, or
// stopped (after a Stop). From any state a job ends by a rule (skip), a failure or a cancellation; a job whose
// commit has begun is committed. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace hevcpool::plan {

using JobId = std::uint64_t;
using RunId = std::uint64_t;

enum class Step { inspect, encode, verify };
enum class Order { first_in_first_out, longest_first };
enum class Ending { ok, skipped, failed, cancelled };

struct Limits {
  unsigned slots = 1;      // units of work at once: one busy thread each
  double memory = 0;       // bytes that all runs together may be estimated to use; 0: no limit
  Order order = Order::longest_first;
};

struct JobSpec {
  JobId id = 0;
  double size = 0;         // bytes of the source: the order of inspection, until the cost is known
  unsigned retries = 0;    // how often a step may be run again after its worker died
  bool inspect_only = false;
  bool verify = true;
};

// What inspection found out about the job.
struct Estimate {
  double cost = 0;         // any unit, the same for all jobs
  double memory = 0;       // bytes that its encoding takes
  unsigned threads = 1;    // slots that its encoding takes
};

// What to do.
struct Run {
  RunId run = 0;
  JobId job = 0;
  Step step = Step::inspect;
  unsigned attempt = 1;    // of this step
  int avoid_worker = -1;   // the worker that made what is to be verified
};
struct Stop {              // the run is no longer wanted
  RunId run = 0;
};
struct Commit {            // give the output its name; answered by committed() or failed_commit()
  JobId job = 0;
};
struct Finish {            // the last thing said of a job
  JobId job = 0;
  Ending ending = Ending::ok;
};
using Action = std::variant<Run, Stop, Commit, Finish>;
using Actions = std::vector<Action>;

class Batch {
 public:
  explicit Batch(Limits limits) : limits_(limits) {}

  Actions add(const JobSpec& spec);
  // A run ended well. `worker` is the slot that did it.
  Actions inspected(RunId run, const Estimate& estimate);
  Actions encoded(RunId run, int worker);
  Actions verified(RunId run);
  // A run ended, or could not begin; the job is done with it...
  Actions skip(RunId run);
  // ...unless the worker `died` and there is a retry left.
  Actions failed(RunId run, bool died);
  Actions committed(JobId job, Ending ending);
  Actions cancel(JobId job);
  Actions cancel_all();

  // Jobs not done.
  std::size_t open() const { return jobs_.size(); }
  // Runs that were started and have not ended.
  std::size_t running() const { return runs_.size(); }

 private:
  enum class State { queued, inspecting, waiting, encoding, to_verify, verifying, committing };
  struct Job {
    JobSpec spec;
    State state = State::queued;
    Estimate estimate;
    unsigned failures = 0;           // runs whose worker died
    std::map<Step, unsigned> attempts;
    int encoder = -1;                // worker that made the output
    bool cancelled = false;          // Stop was sent
  };
  using Queue = std::set<std::pair<double, JobId>>;  // smallest first

  Job& job(JobId id) { return jobs_.at(id); }
  double rank(const Job& job, double amount) const;
  void enqueue(Queue& queue, const Job& job, double amount);
  void dequeue(Job& job);
  Job* end_run(RunId run, Actions& actions);
  void finish(Job& job, Ending ending, Actions& actions);
  void retry_or_fail(Job& job, bool died, Actions& actions);
  void fill_slots(Actions& actions);
  bool start_next(Actions& actions);
  std::optional<std::pair<JobId, Step>> next() const;
  bool wants_inspection() const;
  bool fits(const Job& job, Step step) const;
  void start(Job& job, Step step, Actions& actions);
  static Estimate demand(const Job& job, Step step);
  void cancel_one(Job& job, Actions& actions);

  Limits limits_;
  std::map<JobId, Job> jobs_;
  Queue to_inspect_, to_encode_, to_verify_;
  struct Running {
    JobId job;
    Step step;
    Estimate demand;
  };
  std::map<RunId, Running> runs_;
  RunId last_run_ = 0;
  double memory_used_ = 0;
  unsigned slots_used_ = 0;
};

}  // namespace hevcpool::plan

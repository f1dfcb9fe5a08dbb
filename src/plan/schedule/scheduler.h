// SPDX-License-Identifier: GPL-2.0-or-later
// Decides what runs next. One Scheduler holds every encode job of a pool: it is told what happened and answers with
// what to do now. It touches no file, process or clock, so that a test or a simulation can drive it.
//
//   queued → inspecting → waiting → encoding → verifying → committing → done
//                 ↑  └ (crash)↑         └ (crash) back to waiting, verifying: once more
//
// A film that would still be running when everything else is done is cut into segments:
//
//   waiting → indexing → cutting: several segments, reused or encoded, at once → assembling → verifying …
//                └ no cuts: encoding, with several threads    └ the segments do not fit: waiting, not to be cut
//
// A step that occupies a slot of the pool is a run. Every run ends with exactly one event: finished, failed,
// refused, or stopped (after a Stop). From any state a job ends by a rule (skip), a failure or a cancellation, once
// its last run has ended; a job whose commit has begun is committed. One thread.
#pragma once

#include "plan/schedule/segments.h"

#include <algorithm>
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

enum class Step {
  inspect,
  index,     // where the film may be cut
  reuse_segment,  // look at a segment that an earlier run left
  segment,   // encode a segment
  assemble,  // put the segments together
  encode,    // all of it in one
  verify,
};
enum class Order { first_in_first_out, longest_first };
enum class Ending { ok, skipped, failed, cancelled };
enum class Split { never, automatic, fixed };
// Whether a film is to be cut, where cuts are allowed at all.
enum class Cutting {
  no,
  if_idle,  // short: a key frame more costs it much, but less than a slot that idles
  freely,
};

struct Limits {
  unsigned slots = 1;      // units of work at once: one busy thread each
  double memory = 0;       // bytes that all runs together may be estimated to use; 0: no limit
  Order order = Order::longest_first;
  unsigned workers = 0;    // runs at once; 0: as many as slots
};

struct JobSpec {
  JobId id = 0;
  double size = 0;         // bytes of the source: the order of inspection, until the cost is known
  unsigned retries = 0;    // how often a step may be run again after its worker died
  bool inspect_only = false;
  bool verify = true;
  Split split = Split::never;
  bool may_thread = false;  // a film that cannot be cut may be given more threads than its estimate says
};

// What inspection found out about the job.
struct Estimate {
  double cost = 0;         // any unit, the same for all jobs
  double memory = 0;       // bytes that its encoding takes
  unsigned threads = 1;    // slots that its encoding takes
  Cutting cutting = Cutting::freely;
  unsigned most_threads = 1024;   // more do not make its encoding faster
  double memory_of_threads = 0;   // bytes that so many take besides
};

// What the index says: where the film may be cut, and the segments that an earlier run finished.
struct SourceCuts {
  CutMap map;
  std::vector<std::size_t> fixed;  // cuts, for Split::fixed
  std::vector<Segment> found;
};

// What to do.
struct Run {
  RunId run = 0;
  JobId job = 0;
  Step step = Step::inspect;
  unsigned attempt = 1;    // of this step; of a segment, of that segment
  int avoid_worker = -1;   // the worker that made what is to be verified
  unsigned threads = 1;    // slots that it takes
  Segment segment;             // of reuse_segment and segment
};
struct Stop {              // the run is no longer wanted
  RunId run = 0;
};
struct MoveEnd {           // the run has a segment that ends sooner now; if it can still be told
  RunId run = 0;
  JobId job = 0;
  Segment segment;
};
struct Discard {           // throw away what an earlier run made of this segment
  JobId job = 0;
  Segment segment;
};
struct Commit {            // give the output its name; answered by committed() or failed_commit()
  JobId job = 0;
};
struct Finish {            // the last thing said of a job
  JobId job = 0;
  Ending ending = Ending::ok;
};
using Action = std::variant<Run, Stop, MoveEnd, Discard, Commit, Finish>;
using Actions = std::vector<Action>;

class Scheduler {
 public:
  explicit Scheduler(Limits limits) : limits_(limits) {}

  Actions add(const JobSpec& spec);
  // A run ended well. `worker` is the slot that did it.
  Actions inspected(RunId run, const Estimate& estimate);
  Actions indexed(RunId run, SourceCuts film);
  // Also of a segment that is reused. `to`: where the segment really ends, when the run heard too late that it should end sooner.
  Actions segment_done(RunId run, SegmentProof proof, std::size_t to = 0);
  Actions assembled(RunId run, int worker) { return encoded(run, worker); }
  Actions encoded(RunId run, int worker);
  Actions verified(RunId run);
  // A run ended, or could not begin; the job is done with it...
  Actions skip(RunId run);
  // ...unless the worker `died` and there is a retry left.
  Actions failed(RunId run, bool died);
  // The film cannot be cut, or its segments do not fit together: it is encoded as a whole. A segment that cannot be
  // reused is encoded again.
  Actions refused(RunId run);
  Actions committed(JobId job, Ending ending);
  Actions cancel(JobId job);
  Actions cancel_all();
  // The slot that the next event frees: what it encoded itself, another one should verify.
  void worker_is_free(int worker) { free_worker_ = worker; }
  // How much of a run is done, 0 to 1. Only for sharing out what is left.
  void progress(RunId run, double done);

  // Jobs not done.
  std::size_t open() const { return jobs_.size(); }
  // Runs that were started and have not ended.
  std::size_t running() const { return runs_.size(); }
  // The finished segments of a film, in order.
  std::vector<Segment> segments(JobId job) const;

 private:
  enum class State {
    queued, inspecting, waiting, indexing, cutting, to_assemble, assembling, encoding, to_verify, verifying, committing
  };
  enum class Closing { no, cancelled, failed, skipped, whole };  // what happens once the last run has ended
  struct Job {
    JobSpec spec;
    State state = State::queued;
    Estimate estimate;
    unsigned failures = 0;           // runs whose worker died
    std::map<Segment, unsigned> segment_failures;
    std::map<Step, unsigned> attempts;
    std::map<Segment, unsigned> segment_attempts;
    int encoder = -1;                // worker that made the output
    unsigned runs = 0;               // at present
    Closing closing = Closing::no;   // Stop was sent to all of them
    std::optional<SegmentPlan> film;
    std::vector<Segment> to_reuse;
  };
  struct Running {
    JobId job = 0;
    Step step = Step::inspect;
    Estimate demand;
    Segment segment;
    double done = 0;
    double first_cost = 0;  // of the segment as it was when the run began: what its progress refers to
    bool unwanted = false;  // somebody else did the same; nothing of it counts
  };
  using Queue = std::set<std::pair<double, JobId>>;  // smallest first
  struct Choice {
    JobId job = 0;
    Step step = Step::inspect;
    unsigned threads = 1;
  };

  Job& job(JobId id) { return jobs_.at(id); }
  const Job& job(JobId id) const { return jobs_.at(id); }
  double rank(const Job& job, double amount) const;
  void enqueue(Queue& queue, const Job& job, double amount);
  void wait_to_encode(Job& job);
  void dequeue(Job& job);
  std::optional<Running> end_run(RunId run, Actions& actions);
  Job* owner_of(const std::optional<Running>& ended);
  void close(Job& job, Closing how, Actions& actions);
  void close_now(Job& job, Actions& actions);
  void finish(Job& job, Ending ending, Actions& actions);
  void retry_or_fail(Job& job, const Running& ended, bool died, Actions& actions);
  void retry_or_fail_segment(Job& job, const Running& ended, Actions& actions);
  void fill_slots(Actions& actions);
  bool start_next(Actions& actions);
  bool share_out_slowest(Actions& actions);
  void undo_shortening(Job& owner, const Running& ended, std::size_t to, Actions& actions);
  std::optional<Choice> next() const;
  std::optional<JobId> next_to_verify() const;
  std::optional<Choice> next_work() const;
  Choice choose_way(const Job& job) const;
  unsigned useful_threads(const Job& job, const Load& now) const;
  const Job* largest_film() const;
  bool wants_inspection() const;
  bool fits(const Job& job, const Choice& choice) const;
  void start(Job& job, const Choice& choice, Actions& actions);
  Segment take_segment(Job& job, Step step);
  void set_running_state(Job& job, Step step);
  static Estimate demand(const Job& job, const Choice& choice);
  unsigned most_runs() const { return limits_.workers > 0 ? std::min(limits_.workers, limits_.slots) : limits_.slots; }
  unsigned free_slots() const { return limits_.slots > slots_used_ ? limits_.slots - slots_used_ : 0; }
  bool is_film_open(const Job& job) const;
  Load load() const;
  void cancel_one(Job& job, Actions& actions);

  Limits limits_;
  std::map<JobId, Job> jobs_;
  Queue to_inspect_, to_encode_, to_assemble_, to_verify_;
  std::set<JobId> cutting_;
  std::map<RunId, Running> runs_;
  RunId last_run_ = 0;
  int free_worker_ = -1;
  double memory_used_ = 0;
  unsigned slots_used_ = 0;
  double known_cost_ = 0;      // of all jobs inspected so far, for guessing the others'
  unsigned known_jobs_ = 0;
};

}  // namespace hevcpool::plan

// SPDX-License-Identifier: GPL-2.0-or-later
// Where a batch stands: what is known of each job, counted. Told by events, asked by the displays. Pure; the caller
// gives the time, in seconds of any steady clock. One thread.
#pragma once

#include "cli/report/outcome.h"

#include <hevcpool/encode.h>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct JobView {
  std::string name;              // of the input, as given
  double size = 0;               // bytes of the source
  double cost = 0;               // as planned, then as its true length has it; 0: not planned yet
  double frames = 0;             // that the cost is for; 0: unknown
  double started = 0;            // when a worker began
  double found = 0;              // the part that an earlier run left done
  bool reusing = false;        // some of that is not in `progress` yet
  EncodeProgress progress;
  std::optional<Status> status;  // set when it is done
};

struct Counts {
  std::size_t ok = 0, failed = 0, skipped = 0, cancelled = 0;
  std::size_t done() const { return ok + failed + skipped + cancelled; }
};

class BatchState {
 public:
  explicit BatchState(double now) : began_(now) {}

  std::size_t add(std::string name, double size);
  void planned(std::size_t job, double cost, double frames = 0);
  void started(std::size_t job, double now);
  void progress(std::size_t job, const EncodeProgress& progress, double now);
  void reused(std::size_t job);  // a segment that an earlier run made was found good
  void encoded(std::size_t job);  // only checks are left
  void finished(std::size_t job, Status status, std::int64_t frames = 0);

  const std::vector<JobView>& jobs() const { return jobs_; }
  const std::set<std::size_t>& running() const { return running_; }
  const Counts& counts() const { return counts_; }
  double elapsed(double now) const { return now - began_; }
  // How much of the whole work is done, 0 to 1.
  double fraction() const;
  // Seconds until the last job ends; nothing while there is too little to judge by.
  std::optional<double> remaining(double now) const;

 private:
  void correct(JobView& job, std::int64_t frames);
  double cost_of(const JobView& job) const;
  template <class Part>
  double weighed(Part part) const;
  double found_fraction() const;
  double longest_running(double now) const;

  double began_;
  std::optional<double> first_start_;
  std::vector<JobView> jobs_;
  std::set<std::size_t> running_;
  Counts counts_;
  double planned_cost_ = 0, planned_size_ = 0;  // of all planned jobs: what a byte costs
};

}  // namespace hevcpool::cli

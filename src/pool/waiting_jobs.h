// SPDX-License-Identifier: GPL-2.0-or-later
// The host's queue: jobs that no worker has, in the order in which they will be sent. A job whose phase is no
// longer `waiting` (it was cancelled) is skipped; forget() keeps the count right. Guarded by its owner.
#pragma once

#include "pool/pool_job.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace hevcpool::pool {

class WaitingJobs {
 public:
  explicit WaitingJobs(Order order) : order_(order) {}

  void add(PoolJobPtr job);
  // Before all others of its cost: a job that has waited once already.
  void add_again(PoolJobPtr job);
  // The next job, or null.
  PoolJobPtr take();
  // The job that take() would return, or null.
  const PoolJob* peek();
  // A job in here has been given another phase.
  void forget_one() { --count_; }
  // All of them, in no order; empty afterwards.
  std::vector<PoolJobPtr> take_all();

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

 private:
  void drop_cancelled();

  Order order_;
  std::size_t count_ = 0;
  std::deque<PoolJobPtr> by_time_;
  std::multimap<double, PoolJobPtr, std::greater<>> by_cost_;
};

}  // namespace hevcpool::pool

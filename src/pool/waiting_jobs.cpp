// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/waiting_jobs.h"

#include <cmath>
#include <utility>

namespace hevcpool::pool {
namespace {

double cost_of(const PoolJob& job) { return std::isnan(job.submission.cost) ? 0 : job.submission.cost; }

}  // namespace

void WaitingJobs::add(PoolJobPtr job) {
  ++count_;
  if (order_ == Order::first_in_first_out) return by_time_.push_back(std::move(job));
  const double cost = cost_of(*job);
  by_cost_.emplace(cost, std::move(job));
}

void WaitingJobs::add_again(PoolJobPtr job) {
  ++count_;
  if (order_ == Order::first_in_first_out) return by_time_.push_front(std::move(job));
  const double cost = cost_of(*job);
  by_cost_.emplace_hint(by_cost_.lower_bound(cost), cost, std::move(job));
}

void WaitingJobs::drop_cancelled() {
  const auto over = [](const PoolJobPtr& job) { return job->phase != PoolJob::Phase::waiting; };
  while (!by_time_.empty() && over(by_time_.front())) by_time_.pop_front();
  while (!by_cost_.empty() && over(by_cost_.begin()->second)) by_cost_.erase(by_cost_.begin());
}

const PoolJob* WaitingJobs::peek() {
  drop_cancelled();
  if (!by_time_.empty()) return by_time_.front().get();
  return by_cost_.empty() ? nullptr : by_cost_.begin()->second.get();
}

PoolJobPtr WaitingJobs::take() {
  drop_cancelled();
  PoolJobPtr job;
  if (!by_time_.empty()) {
    job = std::move(by_time_.front());
    by_time_.pop_front();
  } else if (!by_cost_.empty()) {
    job = std::move(by_cost_.begin()->second);
    by_cost_.erase(by_cost_.begin());
  } else {
    return nullptr;
  }
  --count_;
  return job;
}

std::vector<PoolJobPtr> WaitingJobs::take_all() {
  std::vector<PoolJobPtr> all;
  all.reserve(count_);
  while (PoolJobPtr job = take()) all.push_back(std::move(job));
  return all;
}

}  // namespace hevcpool::pool

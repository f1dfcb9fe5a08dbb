// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/as_completed.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace hevcpool {

struct Completed::Arrivals {
  void add(Job job) {
    {
      std::lock_guard lock(mutex);
      done.push_back(std::move(job));
    }
    changed.notify_one();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> done;
};

Completed::Completed(const std::vector<Job>& jobs, std::optional<Seconds> timeout)
    : arrivals_(std::make_shared<Arrivals>()), left_(jobs.size()) {
  using Clock = std::chrono::steady_clock;
  if (timeout)
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::clamp(*timeout, Seconds{0}, Seconds{3.2e8}));
  for (const Job& job : jobs) job.when_done([arrivals = arrivals_, job](const JobResult&) { arrivals->add(job); });
}

void Completed::advance() {
  current_.reset();
  if (left_ == 0) return;
  std::unique_lock lock(arrivals_->mutex);
  const auto arrived = [this] { return !arrivals_->done.empty(); };
  if (!deadline_) arrivals_->changed.wait(lock, arrived);
  else if (!arrivals_->changed.wait_until(lock, *deadline_, arrived)) timed_out_ = true;
  if (timed_out_) return;
  current_ = std::move(arrivals_->done.front());
  arrivals_->done.pop_front();
  --left_;
}

}  // namespace hevcpool

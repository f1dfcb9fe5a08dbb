// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/batch_state.h"

#include <algorithm>
#include <utility>

namespace hevcpool::cli {

std::size_t BatchState::add(std::string name, double size) {
  JobView job;
  job.name = std::move(name);
  job.size = std::max(1.0, size);
  jobs_.push_back(std::move(job));
  return jobs_.size() - 1;
}

void BatchState::planned(std::size_t job, double cost, double frames) {
  JobView& view = jobs_[job];
  if (view.cost > 0 || cost <= 0) return;
  view.cost = cost;
  view.frames = frames;
  planned_cost_ += cost;
  planned_size_ += view.size;
}

// Some files are much shorter than they say.
void BatchState::correct(JobView& job, std::int64_t frames) {
  if (job.frames <= 0 || frames <= 0) return;
  const double cost = job.cost * static_cast<double>(frames) / job.frames;
  planned_cost_ += cost - job.cost;
  job.cost = cost;
  job.frames = static_cast<double>(frames);
}

void BatchState::started(std::size_t job, double now) {
  if (jobs_[job].status || !running_.insert(job).second) return;
  jobs_[job].started = now;
  if (!first_start_) first_start_ = now;
}

void BatchState::progress(std::size_t job, const EncodeProgress& progress, double now) {
  JobView& view = jobs_[job];
  if (view.status) return;
  started(job, now);
  if (std::exchange(view.reusing, false)) view.found += std::max(0.0, progress.fraction - view.progress.fraction);
  view.progress = progress;
}

void BatchState::reused(std::size_t job) { jobs_[job].reusing = true; }

void BatchState::encoded(std::size_t job) {
  JobView& view = jobs_[job];
  if (view.status) return;
  correct(view, view.progress.frames);
  view.progress.fraction = 1;
}

void BatchState::finished(std::size_t job, Status status, std::int64_t frames) {
  if (jobs_[job].status) return;
  if (status == Status::ok) correct(jobs_[job], frames);
  jobs_[job].status = status;
  running_.erase(job);
  switch (status) {
    case Status::ok: ++counts_.ok; break;
    case Status::failed: ++counts_.failed; break;
    case Status::skipped: ++counts_.skipped; break;
    case Status::cancelled: ++counts_.cancelled; break;
  }
}

// What is not planned yet costs what its bytes cost elsewhere.
double BatchState::cost_of(const JobView& job) const {
  if (job.cost > 0) return job.cost;
  return planned_size_ > 0 ? job.size * planned_cost_ / planned_size_ : job.size;
}

// The sum of `part` of each job, by cost, as a part of the whole.
template <class Part>
double BatchState::weighed(Part part) const {
  double sum = 0, all = 0;
  for (const JobView& job : jobs_) {
    if (job.status && *job.status != Status::ok) continue;  // took no time worth counting
    const double cost = cost_of(job);
    all += cost;
    sum += cost * std::clamp(part(job), 0.0, 1.0);
  }
  return all > 0 ? sum / all : 1.0;
}

double BatchState::fraction() const {
  return weighed([](const JobView& job) { return job.status ? 1.0 : job.progress.fraction; });
}

double BatchState::found_fraction() const {
  return weighed([](const JobView& job) { return job.found; });
}

// The batch cannot end before each running job does.
double BatchState::longest_running(double now) const {
  double longest = 0;
  for (const std::size_t index : running_) {
    const JobView& job = jobs_[index];
    const double fraction = std::clamp(job.progress.fraction, 0.0, 1.0);
    const double worked = fraction - job.found;
    if (worked > 0.01) longest = std::max(longest, (now - job.started) * (1 - fraction) / worked);
  }
  return longest;
}

std::optional<double> BatchState::remaining(double now) const {
  if (!first_start_) return std::nullopt;
  const double done = fraction(), worked = done - found_fraction(), spent = now - *first_start_;
  if (worked < 0.005 || spent < 1) return std::nullopt;
  return std::max(spent * (1 - done) / worked, longest_running(now));
}

}  // namespace hevcpool::cli

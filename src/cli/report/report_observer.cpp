// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/report_observer.h"

#include "cli/term/text.h"
#include "profile/page.h"
#include "profile/task_profile.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

json job_json(const Outcome& job) {
  return {{"input", printable(job.input)},
          {"output", printable(job.output)},
          {"status", std::string(to_string(job.status))},
          {"reason", printable(job.reason)},
          {"error", job.error ? printable(failure_text(*job.error, job.attempts)) : ""},
          {"frames", job.frames},
          {"seconds", job.seconds},
          {"bytes_in", job.bytes_in},
          {"bytes_out", job.bytes_out},
          {"attempts", job.attempts}};
}

}  // namespace

Expected<std::unique_ptr<ReportObserver>> ReportObserver::create(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return fail_errno("report", path, errno);
  return std::unique_ptr<ReportObserver>(new ReportObserver(path, std::move(fd)));
}

void ReportObserver::begin(unsigned workers, double now) { workers_ = workers, began_ = now; }

void ReportObserver::added(std::size_t, const std::string& input) { jobs_.emplace_back().input = input; }

void ReportObserver::step(std::size_t job, const EncodeStep& step) {
  steps_.push_back({job, std::string(to_string(step.kind)), step.worker, step.begin - began_, step.end - began_, step.ok});
}

void ReportObserver::finished(std::size_t job, const Outcome& outcome, double) { jobs_[job] = outcome; }

void ReportObserver::end(double now) {
  written_ = profile::write_text(fd_.get(), page(now - began_));
  if (!written_) written_.error().message = path_ + ": " + written_.error().message;
}

std::string ReportObserver::page(double seconds) const {
  json batch = {{"workers", workers_}, {"seconds", seconds}, {"jobs", json::array()}, {"steps", json::array()}};
  std::uint64_t in = 0, out = 0;
  std::int64_t frames = 0;
  double busy = 0;
  for (const Outcome& job : jobs_) {
    batch["jobs"].push_back(job_json(job));
    if (job.status != Status::ok) continue;
    in += job.bytes_in, out += job.bytes_out, frames += job.frames;
  }
  for (const Step& step : steps_) {
    busy += step.end - step.begin;
    batch["steps"].push_back({{"job", step.job}, {"name", step.name}, {"worker", step.worker}, {"begin", step.begin},
                              {"end", step.end}, {"ok", step.ok}});
  }
  for (const Status status : {Status::ok, Status::failed, Status::skipped, Status::cancelled})
    batch[std::string(to_string(status))] = std::ranges::count(jobs_, status, &Outcome::status);
  batch["bytes_in"] = in, batch["bytes_out"] = out;
  batch["fps"] = seconds > 0 ? static_cast<double>(frames) / seconds : 0.0;
  batch["idle_share"] = seconds > 0 ? std::clamp(1 - busy / (seconds * std::max(workers_, 1U)), 0.0, 1.0) : 0.0;
  return profile::batch_page(batch);
}

}  // namespace hevcpool::cli

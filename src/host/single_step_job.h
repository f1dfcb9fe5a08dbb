// SPDX-License-Identifier: GPL-2.0-or-later
// One request of one step as the host knows it: its files, and its result. Shared by the pool's callbacks and the
// thread that publishes; used by one at a time.
#pragma once

#include "base/error.h"
#include "host/job_errors.h"
#include "host/output_plan.h"
#include "host/temporary.h"
#include "pool/job_state.h"

#include <hevcpool/tasks.h>

#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hevcpool::host {

class SingleStepJob {
 public:
  SingleStepJob(AnyTask request, mode_t mode);

  const AnyTask& request() const { return request_; }
  std::string task_name() const;     // in the pool's table
  std::string argument() const;
  Limits limits() const;
  bool has_outputs() const { return plan_.targets > 0; }

  // Everything that the task gets, freshly for each attempt.
  std::variant<std::vector<int>, TaskError> open();
  // Gives what was made its names, and builds the final result.
  JobResult finish(const JobResult& result);

  std::shared_ptr<JobState> state;   // shared with the handles

 private:
  Expected<std::vector<UniqueFd>> open_all();
  Expected<void> open_targets(std::vector<UniqueFd>& fds);
  Expected<void> check_sources() const;
  Expected<void> accept(JobResult& result);
  Expected<void> publish(const nlohmann::json& answer);
  Expected<bool> publish_one(Temporary& temporary, const std::string& path);
  bool overwrites() const;
  bool is_done_already() const;
  bool is_source(const std::string& path) const;
  JobResult failed(const JobResult& result, const JobError& error);
  std::string body(const std::string& status, const std::optional<Skip>& skip, const JobResult& result,
                   const nlohmann::json& answer) const;

  AnyTask request_;
  OutputPlan plan_;
  mode_t mode_;
  std::vector<struct stat> sources_;  // as they were opened: of all, none may be written over
  std::vector<Temporary> temporaries_;
  std::vector<std::string> outputs_;
  std::size_t kept_ = 0;             // outputs that existed already
  std::chrono::steady_clock::time_point started_{};
};

}  // namespace hevcpool::host

// SPDX-License-Identifier: GPL-2.0-or-later
// One encode job as the host knows it: what was asked, what was found out, the files it holds at present. For each
// step it says what a worker is to be sent, and reads the answer. It opens files but starts nothing; when and
// where steps run is the conductor's business. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "host/commit.h"
#include "host/temporary.h"
#include "plan/batch.h"
#include "tasks/encode_json.h"

#include <hevcpool/encode.h>

#include <sys/stat.h>

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hevcpool::host {

// What a worker is to be sent for one step.
struct StepRequest {
  std::string task;
  std::string argument;
  std::vector<UniqueFd> descriptors;
};
// A rule says that the job need not be done.
struct Skip {
  std::string reason;
};
using Prepared = Expected<std::variant<StepRequest, Skip>>;
using Verdict = Expected<std::optional<Skip>>;  // nothing: go on with the next step

class EncodeJob {
 public:
  EncodeJob(Encode encode, bool dry_run) : encode_(std::move(encode)), dry_run_(dry_run) {}

  // Opens what the step needs, freshly for each attempt.
  Prepared prepare(plan::Step step);
  // Reads a worker's answer to the step.
  Verdict accept(plan::Step step, const JobResult& result);
  // Hands the temporary over.
  CommitRequest commit_request();
  // Reads what the commit did.
  Verdict accept(CommitReport report);

  plan::Estimate estimate() const;
  EncodePlan encode_plan() const;
  double source_bytes() const;             // by the path; 0 when there is no such file
  const Encode& encode() const { return encode_; }
  bool dry_run() const { return dry_run_; }

  void fail(JobError error) { error_ = std::move(error); }
  void skip(Skip skip) { skip_ = std::move(skip); }
  // Drops what is not committed, and builds the final result.
  JobResult finish(plan::Ending ending);

 private:
  Prepared prepare_inspect();
  Prepared prepare_encode();
  Prepared prepare_verify();
  Verdict accept_inspect(const std::string& text);
  Verdict accept_encode(const std::string& text);
  std::optional<Skip> skip_existing(const std::vector<std::string>& candidates) const;
  Verdict skip_known(const struct stat& status) const;
  std::uint64_t byte_limit() const;
  Skip saves_too_little(std::uint64_t bytes, bool at_least) const;
  std::string display_name() const;
  std::string body(plan::Ending ending) const;
  void add_work(nlohmann::json& json) const;
  void add_inspection(nlohmann::json& json) const;
  void add_streams(nlohmann::json& json) const;
  double seconds() const;

  Encode encode_;
  bool dry_run_ = false;
  EncodeOptions options_;                  // as the worker gets them; valid once inspected
  struct stat source_status_ {};           // when it was first opened
  std::string output_;                     // known once inspected
  std::optional<tasks::InspectAnswer> inspected_;
  std::optional<media::TranscodeReport> report_;
  std::vector<media::Warning> more_warnings_;
  Temporary temporary_;
  std::uint64_t bytes_out_ = 0;
  unsigned attempts_ = 0;
  int worker_ = -1;
  Usage usage_;
  std::optional<std::chrono::steady_clock::time_point> started_;  // the first encode
  std::optional<Skip> skip_;
  std::optional<JobError> error_;
};

}  // namespace hevcpool::host

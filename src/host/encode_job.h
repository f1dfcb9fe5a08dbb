// SPDX-License-Identifier: GPL-2.0-or-later
// One encode job as the host knows it: what was asked, what was found out, the files it holds at present. For each
// step it says what a worker is to be sent, and reads the answer. It opens files but starts nothing; when and
// where steps run is the job scheduler's business. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "host/commit.h"
#include "host/job_errors.h"
#include "host/segmented_source.h"
#include "host/temporary.h"
#include "plan/schedule/scheduler.h"
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
using Prepared = Expected<std::variant<StepRequest, Skip>>;
using StepOutcome = Expected<std::optional<Skip>>;  // nothing: go on with the next step

class EncodeJob {
 public:
  EncodeJob(Encode encode, bool dry_run) : encode_(std::move(encode)), dry_run_(dry_run) {}

  // Opens what the step needs, freshly for each attempt.
  Prepared prepare(const plan::Run& run);
  // Reads a worker's answer to the step.
  StepOutcome accept(const plan::Run& run, const JobResult& result);
  // After the index: the film in segments, or nothing when it has to be encoded as a whole.
  std::optional<plan::SourceCuts> film() const;
  // After a segment.
  plan::SegmentProof proof() const { return {last_segment_.head, last_segment_.tail}; }
  // How much of the film the last segment is, where it was to be shortened.
  plan::Segment segment_done(plan::Segment segment) const;
  // The run's segment ends sooner now.
  void shorten(plan::RunId run, plan::Segment segment);
  // A segment is worth nothing, or the run that made it is over.
  void discard(plan::Segment segment);
  void drop_run(plan::RunId run);
  std::shared_ptr<SegmentProgress> film_progress() const { return film_ ? film_->progress() : nullptr; }
  double segment_frames(plan::Segment segment) const { return film_ ? film_->frames(segment) : 0; }
  // Hands the temporary over.
  CommitRequest commit_request();
  // Reads what the commit did.
  StepOutcome accept(const CommitReport& report);

  plan::Estimate estimate() const;
  EncodePlan encode_plan() const;
  // `limit`: bytes that all runs together may take; 0: any.
  void warn_of_memory(double limit);
  double source_bytes() const;             // by the path; 0 when there is no such file
  const Encode& encode() const { return encode_; }
  bool dry_run() const { return dry_run_; }

  void fail(JobError error) { error_ = std::move(error); }
  void skip(Skip skip) { skip_ = std::move(skip); }
  // Drops what is not committed, and builds the final result.
  JobResult finish(plan::Ending ending);

 private:
  Prepared prepare_inspect();
  Expected<void> follow_link();
  Prepared prepare_index();
  Prepared prepare_reuse(plan::Segment segment);
  Prepared prepare_segment(const plan::Run& run);
  Prepared prepare_assemble();
  Prepared prepare_encode(unsigned threads);
  Prepared prepare_verify();
  Expected<void> begin_output(StepRequest& request);
  StepOutcome accept_inspect(const std::string& text);
  StepOutcome accept_index(const std::string& text);
  StepOutcome accept_segment(const plan::Run& run, const std::string& text);
  StepOutcome accept_encode(const std::string& text);
  Expected<void> keep_damaged_source() const;
  Expected<std::vector<UniqueFd>> open_segments() const;
  EncodeOptions options_for_segments() const;
  std::string segment_options_text() const;
  std::optional<Skip> skip_existing(const std::vector<std::string>& candidates) const;
  Expected<void> refuse_taken_name() const;
  static Expected<void> check_names(const std::vector<std::string>& candidates);
  StepOutcome skip_known(const struct stat& status) const;
  std::uint64_t byte_limit() const;
  Skip saves_too_little(std::uint64_t bytes, bool at_least) const;
  std::string display_name() const;
  void forget_work();
  std::string body(plan::Ending ending) const;
  void add_work(nlohmann::json& json) const;
  void add_inspection(nlohmann::json& json) const;
  void add_streams(nlohmann::json& json) const;
  double seconds() const;

  Encode encode_;
  std::string link_;  // the source's name as given, where that is a symbolic link to be kept
  bool dry_run_ = false;
  EncodeOptions options_;                  // as the worker gets them; valid once inspected
  struct stat source_status_ {};           // when it was first opened
  std::string output_;                     // known once inspected
  std::string existing_folder_;            // the nearest one above it that was there by then
  std::optional<tasks::InspectAnswer> inspected_;
  std::optional<media::TranscodeReport> report_;
  std::vector<media::Warning> more_warnings_;
  std::optional<SegmentedSource> film_;               // while it is encoded in segments
  media::SegmentReport last_segment_;
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

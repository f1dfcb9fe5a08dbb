// SPDX-License-Identifier: GPL-2.0-or-later
// What became of one job, as the command line tells it: read from the pool's result, written as an event line, a
// line for people or a row of the job log. Values; any thread.
#pragma once

#include "base/error.h"

#include <hevcpool/encode.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

enum class Status { ok, failed, skipped, cancelled };
std::string_view to_string(Status status);

struct Outcome {
  std::string input, output;
  std::string output_bytes;           // percent-encoded, where `output` is only a text for bytes that are not UTF-8
  Status status = Status::ok;
  std::string reason;                 // of a skip
  std::string reason_code;            // of a skip: to_string(SkipReason)
  std::int64_t frames = 0;
  double seconds = 0;                 // of wall time
  std::uint64_t bytes_in = 0, bytes_out = 0;
  unsigned attempts = 0;
  std::vector<std::string> warnings;
  std::optional<JobError> error;
};

// `stopping`: what the pool lost while it was told to stop was cancelled.
Outcome outcome_of(const Encode& encode, const JobResult& result, bool stopping);
// Of a job that was known to fail before anything started.
Outcome outcome_of(const Encode& encode, const Error& problem);

// The name of a failure for event lines and the job log ("task", "crash"...).
std::string_view kind_name(Failure failure);
// "decode: no frame could be decoded (2 attempts)": what people read after the file's name.
std::string failure_text(const JobError& error, unsigned attempts);
// Warnings of a result's body: texts, or objects with message and count.
std::vector<std::string> warning_texts(const nlohmann::json& warnings);

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
// One profiled encode on a pool, from submission to its document. One thread, the main one.
#pragma once

#include "base/error.h"
#include "cli/term/output.h"
#include "cli/term/signals.h"

#include <hevcpool/encode.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {


struct ProfiledRun {
  int exit_code = 0;            // not 0: it failed or was stopped, and said so
  double seconds = 0;           // wall time of the encode step
  double cpu = 0;               // user and system time of the encode step, by the kernel
  double begin = 0;             // steady clock
  std::vector<EncodeStep> steps;
  std::string measured;         // of the encode
  std::uint64_t bytes_in = 0, bytes_out = 0;
  double duration = 0;          // of the video, seconds
  double whole = 0;             // from submission to the result
};

struct ProfileParts {           // borrowed
  Pool& pool;
  Signals& signals;
  Output& out;
  Output& err;
};

ProfiledRun run_profiled(const ProfileParts& parts, const Encode& encode);

// The document of profile/run.h.
Expected<nlohmann::json> document_of(const ProfiledRun& run, const Encode& encode, const std::string& label);
// "medium crf 28": what tells one run from another.
std::string settings_label(const EncodeOptions& options);

// A folder for outputs that nobody keeps; it dies with its contents.
class ThrowawayFolder {
 public:
  static Expected<ThrowawayFolder> create();
  ThrowawayFolder(ThrowawayFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ThrowawayFolder& operator=(ThrowawayFolder&&) = delete;
  ~ThrowawayFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ThrowawayFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace hevcpool::cli

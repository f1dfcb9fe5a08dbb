// SPDX-License-Identifier: GPL-2.0-or-later
// What a job has to tell besides its result: warnings (each said once, with a count where it repeats) and what
// the target container could not hold. One per job; any of its threads may add to it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::media {

struct Warning {
  std::string code;     // for programs: "damaged_frames", "dropped_stream", "resized"...
  std::string message;  // for people, without the count
  std::int64_t count = 1;
};

class Diagnostics {
 public:
  // Repeats with the same code and message are counted, not repeated.
  void warn(std::string_view code, std::string message, std::int64_t count = 1);
  // Adds a note of what is lost, named ("subtitle 2 (hdmv_pgs_subtitle): MP4 cannot hold it").
  void dropped(std::string message) { warn("dropped", std::move(message)); }
  // When no other thread is adding any more.
  const std::vector<Warning>& warnings() const { return warnings_; }

 private:
  std::mutex mutex_;
  std::vector<Warning> warnings_;
};

}  // namespace hevcpool::media

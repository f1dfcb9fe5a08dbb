// SPDX-License-Identifier: GPL-2.0-or-later
// Events of the jobs, from the threads of the pool to the main one. Putting never blocks and holds at most one
// progress per job; the descriptor becomes readable when there is something to take. Thread-safe.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <hevcpool/encode.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <variant>
#include <vector>

namespace hevcpool::cli {

struct Started {};
using JobEvent = std::variant<EncodePlan, Started, EncodeProgress, EncodeStep, JobResult>;

class EventQueue {
 public:
  static Expected<std::unique_ptr<EventQueue>> create();

  void put(std::size_t job, JobEvent event);
  // Everything put so far, oldest first.
  std::vector<std::pair<std::size_t, JobEvent>> take();
  int readable() const { return event_.get(); }

 private:
  explicit EventQueue(UniqueFd event) : event_(std::move(event)) {}

  UniqueFd event_;
  std::mutex mutex_;
  std::vector<std::pair<std::size_t, JobEvent>> events_;
  std::map<std::size_t, std::size_t> progress_at_;  // job -> place in events_ of its progress
};

}  // namespace hevcpool::cli

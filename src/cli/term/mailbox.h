// SPDX-License-Identifier: GPL-2.0-or-later
// News of the jobs, from the threads of the pool to the main one. Putting never blocks and holds at most one
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
using News = std::variant<EncodePlan, Started, EncodeProgress, EncodeStep, JobResult>;

class Mailbox {
 public:
  static Expected<std::unique_ptr<Mailbox>> create();

  void put(std::size_t job, News news);
  // Everything put so far, oldest first.
  std::vector<std::pair<std::size_t, News>> take();
  int readable() const { return event_.get(); }

 private:
  explicit Mailbox(UniqueFd event) : event_(std::move(event)) {}

  UniqueFd event_;
  std::mutex mutex_;
  std::vector<std::pair<std::size_t, News>> news_;
  std::map<std::size_t, std::size_t> progress_at_;  // job -> place in news_ of its progress
};

}  // namespace hevcpool::cli

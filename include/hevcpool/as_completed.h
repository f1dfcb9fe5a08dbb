// SPDX-License-Identifier: GPL-2.0-or-later
// Jobs in the order in which they are done: `for (Job& job : as_completed(jobs)) use(job.result());`. The range is
// single-pass and belongs to one thread; it keeps the jobs' handles, not the pool.
#pragma once

#include <hevcpool/export.h>
#include <hevcpool/pool.h>

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace hevcpool {

class HEVCPOOL_API Completed : public std::ranges::view_base {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Job;
    using difference_type = std::ptrdiff_t;
    using pointer = Job*;
    using reference = Job&;

    iterator() = default;
    explicit iterator(Completed* range) : range_(range) {}
    Job& operator*() const { return *range_->current_; }
    Job* operator->() const { return &*range_->current_; }
    iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { range_->advance(); }
    bool operator==(std::default_sentinel_t) const { return !range_ || !range_->current_; }

   private:
    Completed* range_ = nullptr;
  };

  Completed(const std::vector<Job>& jobs, std::optional<Seconds> timeout);

  // Waits for the first job.
  iterator begin() {
    advance();
    return iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }
  // True when the range ended because of the timeout, with jobs still open.
  bool timed_out() const { return timed_out_; }

 private:
  struct Arrivals;
  void advance();

  std::shared_ptr<Arrivals> arrivals_;  // shared with the jobs' callbacks, which may come after the range is gone
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::optional<Job> current_;
  std::size_t left_ = 0;
  bool timed_out_ = false;
};

// Every job of `jobs`, in completion order, as long as `timeout` (for all of them together) allows.
template <std::ranges::input_range Jobs>
  requires std::convertible_to<std::ranges::range_reference_t<Jobs>, Job>
Completed as_completed(Jobs&& jobs, std::optional<Seconds> timeout = {}) {
  std::vector<Job> all;
  for (auto&& job : jobs) all.emplace_back(job);
  return Completed(all, timeout);
}

}  // namespace hevcpool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/event_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace hevcpool::cli {

Expected<std::unique_ptr<EventQueue>> EventQueue::create() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return fail_errno("pool", "eventfd", errno);
  return std::unique_ptr<EventQueue>(new EventQueue(std::move(event)));
}

void EventQueue::put(std::size_t job, JobEvent event) {
  const std::lock_guard lock(mutex_);
  if (std::holds_alternative<EncodeProgress>(event)) {
    const auto [place, is_new] = progress_at_.emplace(job, events_.size());
    if (!is_new) {
      events_[place->second].second = std::move(event);
      return;
    }
  }
  events_.emplace_back(job, std::move(event));
  if (events_.size() > 1) return;  // it is readable already
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(event_.get(), &one, sizeof one);
}

std::vector<std::pair<std::size_t, JobEvent>> EventQueue::take() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(event_.get(), &count, sizeof count);
  progress_at_.clear();
  return std::exchange(events_, {});
}

}  // namespace hevcpool::cli

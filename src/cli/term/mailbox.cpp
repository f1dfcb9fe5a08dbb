// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace hevcpool::cli {

Expected<std::unique_ptr<Mailbox>> Mailbox::create() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return fail_errno("pool", "eventfd", errno);
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(event)));
}

void Mailbox::put(std::size_t job, News news) {
  const std::lock_guard lock(mutex_);
  if (std::holds_alternative<EncodeProgress>(news)) {
    const auto [place, is_new] = progress_at_.emplace(job, news_.size());
    if (!is_new) {
      news_[place->second].second = std::move(news);
      return;
    }
  }
  news_.emplace_back(job, std::move(news));
  if (news_.size() > 1) return;  // it is readable already
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(event_.get(), &one, sizeof one);
}

std::vector<std::pair<std::size_t, News>> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(event_.get(), &count, sizeof count);
  progress_at_.clear();
  return std::exchange(news_, {});
}

}  // namespace hevcpool::cli

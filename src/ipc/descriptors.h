// SPDX-License-Identifier: GPL-2.0-or-later
// Several owned descriptors, as they travel with a message: closes them when it dies. Moves, never copies.
#pragma once

#include "base/unique_fd.h"

#include <span>
#include <utility>
#include <vector>

namespace hevcpool::ipc {

class Descriptors {
 public:
  Descriptors() = default;
  explicit Descriptors(std::vector<int> fds) : fds_(std::move(fds)) {}
  Descriptors(Descriptors&& other) noexcept : fds_(std::exchange(other.fds_, {})) {}
  Descriptors& operator=(Descriptors&& other) noexcept {
    if (this != &other) {
      clear();
      fds_.swap(other.fds_);
    }
    return *this;
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() { clear(); }

  void add(UniqueFd fd) {
    fds_.push_back(fd.get());
    (void)fd.release();
  }
  UniqueFd take_last() {
    if (fds_.empty()) return {};
    UniqueFd last(fds_.back());
    fds_.pop_back();
    return last;
  }
  void clear() {
    for (int fd : std::exchange(fds_, {})) UniqueFd closing(fd);
  }
  [[nodiscard]] std::span<const int> span() const { return fds_; }
  [[nodiscard]] std::size_t size() const { return fds_.size(); }
  [[nodiscard]] bool empty() const { return fds_.empty(); }

 private:
  std::vector<int> fds_;
};

}  // namespace hevcpool::ipc

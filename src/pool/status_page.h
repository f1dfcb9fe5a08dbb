// SPDX-License-Identifier: GPL-2.0-or-later
// One shared page that the supervisor writes and the host reads: who lives in which slot. For monitoring only;
// nothing is decided by it. Mapped in host and supervisor, not in workers. Atomics: any thread may read.
#pragma once

#include "base/error.h"

#include <sys/types.h>

#include <atomic>
#include <memory>

namespace hevcpool::pool {

class StatusPage {
 public:
  static Expected<std::unique_ptr<StatusPage>> make(unsigned slots);
  ~StatusPage();
  StatusPage(const StatusPage&) = delete;
  StatusPage& operator=(const StatusPage&) = delete;

  void set_worker(unsigned slot, pid_t pid) { slots_[slot].store(pid, std::memory_order_release); }
  // 0 while the slot is empty.
  pid_t worker(unsigned slot) const { return slots_[slot].load(std::memory_order_acquire); }
  // Processes that this one forks from now on do not get the page.
  void keep_from_children();

 private:
  StatusPage(std::atomic<pid_t>* slots, std::size_t bytes) : slots_(slots), bytes_(bytes) {}
  std::atomic<pid_t>* slots_;  // the mapping; unmapped by the destructor
  std::size_t bytes_;
};

}  // namespace hevcpool::pool

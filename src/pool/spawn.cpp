// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/spawn.h"

#include "pool/process.h"
#include "pool/signals.h"
#include "pool/worker_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>

namespace hevcpool::pool {

Expected<void> spawn_worker(Slot& slot, const WorkerConfig& config, int null) {
  HEVCPOOL_ASSIGN(auto ends, ipc::Channel::pair());
  HEVCPOOL_ASSIGN(UniqueFd log, make_log());
  HEVCPOOL_ASSIGN(SharedAtomic doing, SharedAtomic::make());
  const pid_t supervisor = ::getpid();
  pid_t pid;
  {
    const SignalsBlocked blocked;
    pid = ::fork();
    if (pid == 0) {
      CrashContext::write_to(doing.word());
      run_worker(config, slot.index, ends.second.take(), log.get(), null, supervisor);
    }
  }
  if (pid < 0) return fail_errno("pool", "fork", errno);
  doing.keep_from_children();
  ::setpgid(pid, pid);  // as the child does: whoever comes first
  slot.clear();
  slot.state = SlotState::starting;
  slot.pid = pid;
  slot.channel = std::move(ends.first);
  slot.log = std::move(log);
  slot.doing = std::move(doing);
  return {};
}

void signal_worker(const Slot& slot, int signal) {
  if (slot.pid <= 1) return;
  ::kill(-slot.pid, signal);
  ::kill(slot.pid, signal);
}

void kill_strays(const std::vector<Slot>& slots) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(::getpid()));
  const std::unique_ptr<FILE, int (*)(FILE*)> list(std::fopen(path, "re"), std::fclose);
  int pid = 0;
  while (list && std::fscanf(list.get(), "%d", &pid) == 1)
    if (std::none_of(slots.begin(), slots.end(), [pid](const Slot& slot) { return slot.pid == pid; }))
      ::kill(pid, SIGKILL);
}

}  // namespace hevcpool::pool

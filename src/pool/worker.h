// SPDX-License-Identifier: GPL-2.0-or-later
// The worker process: prepares itself, then runs one job after the other until it is told to quit or the
// supervisor is gone. run_worker() is what a freshly forked child calls; it never returns.
//
// System calls between jobs, for whoever confines workers: recvmsg, sendmsg, getrusage, clock_gettime, lseek,
// ftruncate and pread on its log, write to /proc/self/clear_refs (opened before), close, exit_group; memfd_create,
// write and fcntl for large results; mkdir for the scratch folder, unless setup asked for it.
#pragma once

#include "base/unique_fd.h"
#include "pool/host.h"

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::pool {

// What every worker of a pool is given; fixed before the supervisor is forked.
struct WorkerConfig {
  TaskTable tasks;                  // owns what `by_index` points at
  std::vector<const Task*> by_index;
  std::function<void()> worker_start;
  WorkerSetup setup;
  std::uint64_t descriptor_limit = 0;  // the program's own soft limit; the supervisor raises its
  std::string scratch_root;         // parent of the workers' scratch folders
};

[[noreturn]] void run_worker(const WorkerConfig& config, int slot, UniqueFd channel, int log, int null,
                             pid_t supervisor);

}  // namespace hevcpool::pool

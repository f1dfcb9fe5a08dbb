// SPDX-License-Identifier: GPL-2.0-or-later
// Fills a slot with a worker process. Called by the supervisor only.
#pragma once

#include "base/error.h"
#include "pool/slot.h"
#include "pool/worker.h"

namespace hevcpool::pool {

// Makes the channel and the log, then forks. On success the slot is `starting`; on failure it is as before.
// `null` is an open /dev/null.
Expected<void> spawn_worker(Slot& slot, const WorkerConfig& config, int null);

// A signal to the group and to the process, as the group may not exist yet.
void signal_worker(const Slot& slot, int signal);

// Processes that escaped from a dead worker's group and became children of the supervisor: KILL to each child
// that is in none of the slots.
void kill_strays(const std::vector<Slot>& slots);

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// A process and everything below it, as /proc shows them at this moment. Any thread.
#pragma once

#include <sys/types.h>

#include <vector>

namespace hevcpool::cli {

// The process itself comes first. Those that end meanwhile may be missing.
std::vector<pid_t> process_tree(pid_t root);
// Bytes that the tree holds: pages that several of its processes share are counted once (PSS).
double tree_memory(pid_t root);

}  // namespace hevcpool::cli

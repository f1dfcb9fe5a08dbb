// SPDX-License-Identifier: GPL-2.0-or-later
// A worker's standard output and error: a memfd that supervisor and worker share, so that the last lines survive
// the worker. Opened for appending, so that either side may cut it short at any time.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <string>

namespace hevcpool::pool {

constexpr std::size_t kLogTail = 4096;

Expected<UniqueFd> make_log();
// The last kLogTail bytes at most, from the start of a line where there is one. Bytes as they were written.
std::string log_tail(int log);
// Forgets what is there: a new job starts.
void empty_log(int log);
// Keeps a chatty worker from filling the memory: cuts a log that has grown too long down to its tail.
void bound_log(int log);

}  // namespace hevcpool::pool

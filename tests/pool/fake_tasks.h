// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks for pool tests: they echo, crash, hang or lie, without any media.
#pragma once

#include "base/unique_fd.h"
#include "pool/host.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hevcpool::testing_support {

// echo            returns its argument
// error           returns an error with stage, code and message
// throw           throws std::runtime_error("thrown on purpose")
// throw_int       throws 7
// signal          raises the signal whose number is the argument
// exit            exits with the status in the argument
// log_and_crash   writes the argument to standard error, then aborts
// wait            reports progress once, returns when it is cancelled
// hang            ignores TERM, reports progress once, sleeps for ever
// stop_self       stops its own process
// pid             returns its process id
// progress        reports progress the number of times in the argument, as fast as it can
// tick            reports progress every 20 ms until it is cancelled
// big             returns a JSON string of so many bytes
// read            returns, as a JSON string, what each descriptor holds, from its start
// fds             returns the number of descriptors open in the worker
// scratch         makes a file in the scratch folder and returns the folder's path
// fork            forks a child that sleeps for ever in its own session, returns its pid
TaskTable fake_tasks();

// A running pool of fake tasks; fails the test when it cannot be started.
std::unique_ptr<pool::Host> start_pool(unsigned workers = 2, PoolOptions options = {}, TaskTable more = {});

Submission submission(std::string task, std::string argument = "null");

// Submits a task that reports progress (wait, hang, tick) and returns once it has.
Job running(pool::Host& pool, Submission wanted);
Job running(pool::Host& pool, const std::string& task);
// Returns once every one of two workers has had a job.
void use_both_workers(pool::Host& pool);

}  // namespace hevcpool::testing_support

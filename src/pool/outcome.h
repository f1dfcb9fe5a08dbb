// SPDX-License-Identifier: GPL-2.0-or-later
// Turns what the supervisor says of a job into its JobResult. Pure functions.
#pragma once

#include "ipc/message.h"

#include <hevcpool/pool.h>

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::pool {

// A result message with its body, wherever that was.
JobResult result_of(const ipc::Header& header, std::string body);
// A lost message; `submission` for the limits that its sentence names.
JobResult loss_of(const ipc::Header& header, std::string_view log, const Submission& submission);
// A job that ends without a worker having had its say.
JobResult failure(Failure kind, std::string code, std::string message);
JobResult cancelled_result();
// The results in a chunk's body; as many as there were arguments, or the reason why not in each of them.
std::vector<JobResult> split_chunk(const JobResult& chunk, std::size_t arguments);

}  // namespace hevcpool::pool

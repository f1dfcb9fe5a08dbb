// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/pool_job.h"

#include "ipc/message.h"

namespace hevcpool::pool {

PoolJob::PoolJob(Submission wanted, std::uint32_t task_index, std::uint16_t wire_flags,
                 std::weak_ptr<JobCanceller> pool)
    : JobState(next_job_id()), submission(std::move(wanted)), task(task_index),
      flags(static_cast<std::uint16_t>(wire_flags | (submission.on_start ? ipc::flag::report_start : 0) |
                                       (submission.renew_avoided ? ipc::flag::renew : 0))),
      pool_(std::move(pool)) {}

void PoolJob::release() {
  submission = {};
  descriptors.clear();
}

bool PoolJob::request_cancel() {
  const auto pool = pool_.lock();
  return pool && pool->cancel(*this);
}

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
// A job of the pool: the handle's state plus what is needed to run it. Everything beside the JobState part
// belongs to the host's core and is touched under its mutex, or by its I/O thread while the phase is `sending`.
//
//   waiting ──picked──▶ sending ──sent──▶ sent ──result──▶ ended
//      ▲                                   │                 ▲
//      └────────── retry ──────────────────┘     cancel, lost from every phase
#pragma once

#include "ipc/descriptors.h"
#include "pool/job_state.h"

#include <hevcpool/pool.h>

#include <cstdint>
#include <memory>

namespace hevcpool::pool {

class JobCanceller;

class PoolJob : public JobState, public std::enable_shared_from_this<PoolJob> {
 public:
  enum class Phase { waiting, sending, sent, ended };

  PoolJob(Submission submission, std::uint32_t task, std::uint16_t flags, std::weak_ptr<JobCanceller> pool);

  Submission submission;
  ipc::Descriptors descriptors;     // duplicates of submission.descriptors
  const std::uint32_t task;
  const std::uint16_t flags;        // of the wire: chunk, report_start
  Phase phase = Phase::waiting;
  bool cancel_requested = false;
  unsigned attempts = 0;            // that a worker took
  std::uint64_t wire_id = 0;        // of the present attempt, 0 when it has none

  // Forgets what only a further attempt would need.
  void release();

 protected:
  bool request_cancel() override;

 private:
  std::weak_ptr<JobCanceller> pool_;  // the pool may be gone before the handle
};

// The one thing a job asks of its pool.
class JobCanceller {
 public:
  virtual ~JobCanceller() = default;
  virtual bool cancel(PoolJob& job) = 0;
};

using PoolJobPtr = std::shared_ptr<PoolJob>;  // shared by handles, queue and callbacks

}  // namespace hevcpool::pool

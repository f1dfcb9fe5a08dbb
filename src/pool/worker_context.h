// SPDX-License-Identifier: GPL-2.0-or-later
// What a running task sees of its worker. One per worker, reused for every job; any thread of the task may call
// it, as encoders report from threads of their own.
#pragma once

#include "ipc/channel.h"
#include "pool/host.h"

#include <hevcpool/task.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace hevcpool::pool {

class WorkerContext : public TaskContext, public WorkerSetupContext {
 public:
  WorkerContext(const ipc::Channel& channel, std::string scratch_folder, int slot, const std::atomic<bool>& stop);

  void begin_job(std::uint64_t job, std::span<const int> descriptors);
  void set_argument(std::string_view argument) { argument_ = argument; }
  // Sends what progress() still holds back.
  void end_job();
  void keep(int fd) { kept_.push_back(fd); }

  std::string_view argument() const override { return argument_; }
  std::span<const int> descriptors() const override { return descriptors_; }
  void progress(std::string_view json) override;
  bool cancelled() const override { return stop_.load(std::memory_order_relaxed); }
  const std::string& scratch_folder() override;
  int worker() const override { return slot_; }
  std::vector<int> kept_descriptors() const override { return kept_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool send_progress(std::string_view json, bool wait);

  const ipc::Channel& channel_;
  const std::atomic<bool>& stop_;
  const int slot_;
  std::uint64_t job_ = 0;
  std::string_view argument_;
  std::span<const int> descriptors_;
  std::vector<int> kept_;

  std::mutex mutex_;               // of everything below
  std::string held_;               // the newest progress that was not sent
  Clock::time_point last_sent_{};
  std::string scratch_folder_;
  bool scratch_made_ = false;
};

}  // namespace hevcpool::pool

// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_context.h"

#include <sys/stat.h>

namespace hevcpool::pool {
namespace {

// Often enough for any display, and far below what the supervisor takes for a flood.
constexpr auto kProgressInterval = std::chrono::milliseconds(5);

}  // namespace

WorkerContext::WorkerContext(const ipc::Channel& channel, std::string scratch_folder, int slot,
                             const std::atomic<bool>& stop)
    : channel_(channel), stop_(stop), slot_(slot), kept_{0, 1, 2, channel.fd()},
      scratch_folder_(std::move(scratch_folder)) {}

void WorkerContext::begin_job(std::uint64_t job, std::span<const int> descriptors) {
  job_ = job;
  descriptors_ = descriptors;
  argument_ = {};
  last_sent_ = {};
}

bool WorkerContext::send_progress(std::string_view json, bool wait) {
  ipc::Header header;
  header.kind = ipc::Kind::progress;
  header.job = job_;
  header.worker = slot_;
  return channel_.send(ipc::outgoing(header, json), wait) == ipc::Sent::yes;
}

void WorkerContext::progress(std::string_view json) {
  if (json.empty() || json.size() > ipc::kMaxProgress) return;
  std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now - last_sent_ < kProgressInterval || !send_progress(json, false)) {
    held_.assign(json);
    return;
  }
  last_sent_ = now;
  held_.clear();
}

void WorkerContext::end_job() {
  std::lock_guard lock(mutex_);
  if (!held_.empty()) send_progress(held_, true);
  held_.clear();
  job_ = 0;
  descriptors_ = {};
}

const std::string& WorkerContext::scratch_folder() {
  std::lock_guard lock(mutex_);
  if (scratch_made_) return scratch_folder_;
  const auto root = scratch_folder_.substr(0, scratch_folder_.rfind('/'));
  ::mkdir(root.c_str(), 0700);  // another worker may have made it; what matters is the next one
  scratch_made_ = ::mkdir(scratch_folder_.c_str(), 0700) == 0;
  return scratch_folder_;
}

}  // namespace hevcpool::pool

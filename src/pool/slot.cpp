// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/slot.h"

#include <sys/resource.h>

#include <algorithm>

namespace hevcpool::pool {
namespace {

// A limit that the clock cannot express is none.
Time after(Time now, std::uint64_t micros) {
  constexpr std::uint64_t kTenYears = 315'000'000'000'000;
  return micros == 0 || micros > kTenYears ? kNever : now + std::chrono::microseconds(micros);
}

std::uint64_t micros(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

bool MessageBudget::take(Time now) {
  left_ = std::min(kBurst, left_ + std::chrono::duration<double>(now - last_).count() * kPerSecond);
  last_ = now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

bool Slot::suits(const ipc::Header& wanted) const {
  return wanted.worker != index || ((wanted.flags & ipc::flag::renew) && !used);
}

void Slot::begin(const ipc::Header& job_header, Time now) {
  state = SlotState::busy;
  used = true;
  job = job_header.job;
  budget.begin_job();
  cause = ipc::Cause::crash;
  started = now;
  deadline = after(now, job_header.timeout_us);
  stall_deadline = after(now, job_header.stall_us);
  stall = std::chrono::microseconds(stall_deadline == kNever ? 0 : job_header.stall_us);
  fruitless = 0;
}

void Slot::end_job() {
  job = 0;
  deadline = stall_deadline = kNever;
  stall = {};
  unsent_progress = nullptr;
}

Time Slot::next() const {
  return state == SlotState::busy ? std::min({deadline, stall_deadline, act_at}) : act_at;
}

void Slot::clear() {
  end_job();
  state = SlotState::empty;
  pid = 0;
  channel.close();
  log.reset();
  doing = {};
  cause = ipc::Cause::crash;
  violation = {};
  ready = used = false;
  budget.refill();
  jobs_done = 0;
  user_us = system_us = 0;
  act_at = kNever;
}

void add_usage(ipc::Header& header, const Slot& slot, const rusage& usage, Time now) {
  const auto share = [](std::uint64_t all, std::uint64_t before) { return all > before ? all - before : 0; };
  header.wall_us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now - slot.started).count());
  header.user_us = share(micros(usage.ru_utime), slot.user_us);
  header.system_us = share(micros(usage.ru_stime), slot.system_us);
  header.peak_rss_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
  header.task = static_cast<std::uint32_t>(CrashContext::stage_in(slot.doing.value()));
  header.frame = CrashContext::frame_in(slot.doing.value());
}

}  // namespace hevcpool::pool

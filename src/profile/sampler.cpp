// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/sampler.h"

#include "profile/unwinder.h"

#include <csignal>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace hevcpool::profile {
namespace {

constexpr std::size_t kSamples = 60'000;     // 30 MB, touched as they come

struct Buffer {
  std::unique_ptr<StackSample[]> samples = std::make_unique_for_overwrite<StackSample[]>(kSamples);
  std::atomic<std::size_t> next{0};
};
std::atomic<Buffer*> buffer{nullptr};        // a signal handler gets no argument
std::unique_ptr<Buffer> owner;

void on_tick(int, siginfo_t*, void* where) {
  const int before = errno;
  Buffer* to = buffer.load(std::memory_order_acquire);
  const std::size_t slot = to != nullptr ? to->next.fetch_add(1, std::memory_order_relaxed) : kSamples;
  if (slot < kSamples) unwind(where, to->samples[slot]);
  errno = before;
}

bool set_timer(unsigned samples_per_second) {
  itimerval every{};
  if (samples_per_second > 0)
    every.it_interval.tv_usec = every.it_value.tv_usec = 1'000'000 / std::max(samples_per_second, 2U);
  return ::setitimer(ITIMER_PROF, &every, nullptr) == 0;
}

}  // namespace

std::unique_ptr<Sampler> Sampler::start(unsigned samples_per_second) {
  if (owner) return nullptr;
  owner = std::make_unique<Buffer>();
  prepare_unwinding();
  guard_unwinding();
  buffer.store(owner.get(), std::memory_order_release);
  struct sigaction action{};
  action.sa_sigaction = on_tick;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  std::unique_ptr<Sampler> sampler(new Sampler);
  if (::sigaction(SIGPROF, &action, nullptr) == 0 && set_timer(samples_per_second)) return sampler;
  return nullptr;
}

Sampler::~Sampler() {
  if (!stopped_) stop();
}

// To be called when the task's other threads are gone or idle: no handler is at work then.
std::map<Stack, std::uint64_t> Sampler::stop() {
  std::map<Stack, std::uint64_t> stacks;
  if (stopped_) return stacks;
  set_timer(0);
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPROF, &action, nullptr);
  unguard_unwinding();
  buffer.store(nullptr, std::memory_order_release);
  stopped_ = true;
  if (!owner) return stacks;
  const std::size_t taken = owner->next.load();
  lost_ = taken > kSamples ? taken - kSamples : 0;
  for (std::size_t n = 0; n < std::min(taken, kSamples); ++n) {
    const StackSample& sample = owner->samples[n];
    if (sample.depth > 0 && sample.depth <= kStackDepth)
      ++stacks[Stack(sample.addresses, sample.addresses + sample.depth)];
  }
  owner.reset();
  return stacks;
}

}  // namespace hevcpool::profile

// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/serial_queue.h"

#include <csignal>
#include <utility>

namespace hevcpool::host {
namespace {

thread_local bool runs_a_queue = false;

}  // namespace

SerialQueue::~SerialQueue() { stop(); }

void SerialQueue::post(Work work) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  waiting_.push_back(std::move(work));
  if (thread_.joinable()) return changed_.notify_one();
  // Signals are the business of the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread(&SerialQueue::run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void SerialQueue::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool SerialQueue::on_its_thread() { return runs_a_queue; }

void SerialQueue::run() {
  runs_a_queue = true;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it owns dies outside the lock
    lock.lock();
  }
}

}  // namespace hevcpool::host

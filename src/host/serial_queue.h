// SPDX-License-Identifier: GPL-2.0-or-later
// A thread that runs what it is given, in order. Starts with the first post(), so that making one does not make
// the process threaded. post() may be called from any thread, its own included. stop() runs what was posted
// before, then ends the thread; what is posted later is dropped. The destructor stops.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace hevcpool::host {

class SerialQueue {
 public:
  using Work = std::function<void()>;

  SerialQueue() = default;
  SerialQueue(const SerialQueue&) = delete;
  SerialQueue& operator=(const SerialQueue&) = delete;
  ~SerialQueue();

  void post(Work work);
  // Not from its own thread.
  void stop();
  // Whether the calling thread is that of any such queue.
  static bool on_its_thread();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace hevcpool::host

// SPDX-License-Identifier: GPL-2.0-or-later
// The receiving half of a channel: reads datagrams in batches into buffers of its own, checks them, and hands out
// views. Truncation, EINTR and received descriptors are handled here and nowhere else. One thread. The buffers are
// touched only as far as messages reach, so that a mostly idle process stays small.
#pragma once

#include "ipc/descriptors.h"
#include "ipc/message.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hevcpool::ipc {

// A received message. `body` is valid until the next receive(); take the descriptors to keep them.
struct Incoming {
  Header header;
  std::string_view body;              // inline body; empty when it is in a memfd
  Descriptors descriptors;            // the memfd last
  std::string_view problem;           // not empty: nothing else here may be believed
  bool descriptors_lost = false;      // the problem is that this process could not take the descriptors
};

enum class Received { messages, nothing, closed };

class Inbox {
 public:
  // `batch` messages at most per receive(); `descriptors`: the most that one message may bring.
  Inbox(Route route, std::size_t batch, std::size_t descriptors);
  ~Inbox();

  // Reads what is there. With `wait`, blocks until there is something (and then reads one message only), or until
  // a signal was handled: that is `nothing`.
  Received receive(int socket, bool wait = false);
  std::span<Incoming> messages() { return {messages_.data(), count_}; }

 private:
  struct Buffers;
  int read(int socket, bool wait);
  void unpack(std::size_t index, std::size_t bytes);

  Route route_;
  std::size_t batch_;
  std::unique_ptr<Buffers> buffers_;
  std::vector<Incoming> messages_;
  std::size_t count_ = 0;
};

}  // namespace hevcpool::ipc

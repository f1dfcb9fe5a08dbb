// SPDX-License-Identifier: GPL-2.0-or-later
// One end of a SOCK_SEQPACKET socketpair: sends messages with their descriptors. A datagram arrives whole or not
// at all, so there are no short writes; EINTR is handled here. Owns its socket. Sending is safe from several
// threads at once (each message is one system call); everything else is for one thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "ipc/message.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace hevcpool::ipc {

// A message about to be sent; borrows its body and descriptors. `header.descriptors` and, for an inline body,
// `header.body_size` must be right already: outgoing() sets them.
struct Outgoing {
  Header header;
  std::string_view body;             // the inline body; empty when it is in a memfd
  std::span<const int> descriptors;  // the memfd last
};
Outgoing outgoing(Header header, std::string_view body = {}, std::span<const int> descriptors = {});

enum class Sent {
  yes,
  full,    // the other end has to read first
  closed,  // there is no other end
  failed,  // this message cannot be sent; errno says why
};

class Channel {
 public:
  Channel() = default;
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}
  static Expected<std::pair<Channel, Channel>> pair();

  Sent send(const Outgoing& message, bool wait = false) const;
  // Sends from the front, without waiting; returns how many went out and why it ended there.
  std::pair<std::size_t, Sent> send_batch(std::span<const Outgoing> messages) const;
  // Waits until a message fits, at most so long. False: not in that time, or the other end is gone.
  bool wait_writable(int milliseconds) const;

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool open() const { return socket_.valid(); }
  void close() { socket_.reset(); }
  UniqueFd take() { return std::move(socket_); }

 private:
  UniqueFd socket_;
};

}  // namespace hevcpool::ipc

// SPDX-License-Identifier: GPL-2.0-or-later
// Messages as a hostile worker may send them, through the inbox that the supervisor uses. The input is a list of
// datagrams: two bytes of length each, then the bytes; the top bit of the length attaches a descriptor.
#include "fuzz/targets/target.h"

#include "base/unique_fd.h"
#include "ipc/inbox.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace {

using namespace hevcpool;

void send_datagram(int socket, const std::uint8_t* data, std::size_t size, bool with_descriptor) {
  iovec part{const_cast<std::uint8_t*>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (with_descriptor) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &socket, sizeof socket);
  }
  ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// A message is believed only when every length in it is true.
void check(const ipc::Incoming& message, ipc::Route route) {
  if (!message.problem.empty()) return;
  if (message.header.magic != ipc::kMagic || message.header.body_size > ipc::kMaxBody) std::abort();
  const bool elsewhere = message.header.flags & ipc::flag::body_in_memfd;
  if (!elsewhere && message.body.size() != message.header.body_size) std::abort();
  if (route == ipc::Route::worker_to_supervisor && message.header.kind < ipc::Kind::ready) std::abort();
}

void receive_all(int socket, ipc::Route route) {
  ipc::Inbox inbox(route, 4, 4);
  while (inbox.receive(socket) == ipc::Received::messages)
    for (const ipc::Incoming& message : inbox.messages()) check(message, route);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return 0;
  UniqueFd near(ends[0]);
  const UniqueFd far(ends[1]);
  for (std::size_t at = 0, count = 0; at + 2 <= size && count < 16; ++count) {
    const std::size_t head = data[at] | static_cast<std::size_t>(data[at + 1]) << 8;
    const std::size_t length = std::min(head & 0x7FFF, size - at - 2);
    if (length) send_datagram(near.get(), data + at + 2, length, head & 0x8000);
    at += 2 + length;
  }
  near.reset();
  const bool from_worker = size % 2 == 0;
  receive_all(far.get(), from_worker ? ipc::Route::worker_to_supervisor : ipc::Route::host_to_supervisor);
  return 0;
}

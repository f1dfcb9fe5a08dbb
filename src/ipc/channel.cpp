// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace hevcpool::ipc {
namespace {

constexpr std::size_t kBatch = 32;

// The kernel's view of an outgoing message. Points into `message` and `control`, which must outlive it.
void describe(const Outgoing& message, std::span<char> control, iovec (&parts)[2], msghdr& out) {
  parts[0] = {const_cast<Header*>(&message.header), sizeof(Header)};
  parts[1] = {const_cast<char*>(message.body.data()), message.body.size()};
  out = {};
  out.msg_iov = parts;
  out.msg_iovlen = message.body.empty() ? 1 : 2;
  if (message.descriptors.empty()) return;
  out.msg_control = control.data();
  out.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&out);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(message.descriptors.size_bytes());
  std::memcpy(CMSG_DATA(rights), message.descriptors.data(), message.descriptors.size_bytes());
}

std::size_t control_size(const Outgoing& message) {
  return message.descriptors.empty() ? 0 : CMSG_SPACE(message.descriptors.size_bytes());
}

Sent outcome(int error) {
  if (error == EAGAIN) return Sent::full;
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == EBADF ? Sent::closed : Sent::failed;
}

}  // namespace

Outgoing outgoing(Header header, std::string_view body, std::span<const int> descriptors) {
  if (!(header.flags & flag::body_in_memfd)) header.body_size = static_cast<std::uint32_t>(body.size());
  header.descriptors = static_cast<std::uint16_t>(descriptors.size());
  return {header, body, descriptors};
}

Expected<std::pair<Channel, Channel>> Channel::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("pool", "socketpair", errno);
  return std::make_pair(Channel(UniqueFd(ends[0])), Channel(UniqueFd(ends[1])));
}

Sent Channel::send(const Outgoing& message, bool wait) const {
  alignas(cmsghdr) char small[CMSG_SPACE(4 * sizeof(int))] = {};  // what lies between descriptors is sent, too
  std::vector<char> large;
  std::span<char> control(small, control_size(message));
  if (control.size() > sizeof small) control = (large.resize(control.size()), std::span(large));
  iovec parts[2];
  msghdr out;
  describe(message, control, parts, out);
  ssize_t sent;
  do sent = ::sendmsg(fd(), &out, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
  while (sent < 0 && errno == EINTR);
  return sent >= 0 ? Sent::yes : outcome(errno);
}

std::pair<std::size_t, Sent> Channel::send_batch(std::span<const Outgoing> messages) const {
  if (messages.size() == 1) {
    const Sent sent = send(messages.front());
    return {sent == Sent::yes ? 1 : 0, sent};
  }
  std::size_t done = 0;
  std::vector<char> control;  // stays empty, so unallocated, for messages without descriptors
  while (done < messages.size()) {
    const auto batch = messages.subspan(done, std::min(kBatch, messages.size() - done));
    std::size_t needed = 0;
    for (const auto& message : batch) needed += control_size(message);
    control.resize(needed);
    std::array<mmsghdr, kBatch> out;
    std::array<iovec[2], kBatch> parts;
    std::size_t used = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t size = control_size(batch[i]);
      describe(batch[i], std::span(control).subspan(used, size), parts[i], out[i].msg_hdr);
      used += size;
    }
    const int sent = ::sendmmsg(fd(), out.data(), static_cast<unsigned>(batch.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return {done, outcome(errno)};
    done += static_cast<std::size_t>(sent);
  }
  return {done, Sent::yes};
}

bool Channel::wait_writable(int milliseconds) const {
  pollfd wanted{fd(), POLLOUT, 0};
  const int ready = ::poll(&wanted, 1, milliseconds);
  return ready > 0 && (wanted.revents & POLLOUT) && !(wanted.revents & (POLLHUP | POLLERR));
}

}  // namespace hevcpool::ipc

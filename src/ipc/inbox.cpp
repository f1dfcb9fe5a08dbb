// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/inbox.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace hevcpool::ipc {

struct Inbox::Buffers {
  Buffers(std::size_t batch, std::size_t descriptors)
      : control_size(CMSG_SPACE(descriptors * sizeof(int))),
        bytes(new char[batch * kMaxDatagram]),  // not value-initialised: untouched pages cost nothing
        control(new char[batch * control_size]),
        parts(batch),
        headers(batch) {
    for (std::size_t i = 0; i < batch; ++i) parts[i] = {bytes.get() + i * kMaxDatagram, kMaxDatagram};
  }
  void prepare(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      headers[i].msg_hdr = {};
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_control = control.get() + i * control_size;
      headers[i].msg_hdr.msg_controllen = control_size;
    }
  }

  std::size_t control_size;
  std::unique_ptr<char[]> bytes, control;
  std::vector<iovec> parts;
  std::vector<mmsghdr> headers;
};

namespace {

void take_descriptors(msghdr& in, Descriptors& out) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&in); part; part = CMSG_NXTHDR(&in, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      out.add(UniqueFd(fd));
    }
  }
}

}  // namespace

Inbox::Inbox(Route route, std::size_t batch, std::size_t descriptors)
    : route_(route), batch_(batch), buffers_(std::make_unique<Buffers>(batch, descriptors)), messages_(batch) {}

Inbox::~Inbox() = default;

void Inbox::unpack(std::size_t index, std::size_t bytes) {
  msghdr& in = buffers_->headers[index].msg_hdr;
  Incoming& message = messages_[index];
  message.descriptors.clear();
  take_descriptors(in, message.descriptors);
  const Arrival arrival{bytes, message.descriptors.size(), (in.msg_flags & MSG_TRUNC) != 0,
                        (in.msg_flags & MSG_CTRUNC) != 0};
  const char* start = static_cast<const char*>(buffers_->parts[index].iov_base);
  message.header = {};
  if (bytes >= sizeof(Header)) std::memcpy(&message.header, start, sizeof(Header));
  message.problem = problem_with(message.header, arrival, route_);
  message.descriptors_lost = arrival.descriptors_lost;
  message.body = bytes > sizeof(Header) ? std::string_view(start + sizeof(Header), bytes - sizeof(Header))
                                        : std::string_view{};
}

int Inbox::read(int socket, bool wait) {
  if (!wait && batch_ > 1)
    return ::recvmmsg(socket, buffers_->headers.data(), static_cast<unsigned>(batch_), MSG_CMSG_CLOEXEC | MSG_DONTWAIT,
                      nullptr);
  mmsghdr& first = buffers_->headers[0];
  const ssize_t bytes = ::recvmsg(socket, &first.msg_hdr, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  first.msg_len = bytes > 0 ? static_cast<unsigned>(bytes) : 0;
  return bytes < 0 ? -1 : 1;
}

Received Inbox::receive(int socket, bool wait) {
  count_ = 0;
  buffers_->prepare(wait ? 1 : batch_);
  int received;
  do received = read(socket, wait);
  while (received < 0 && errno == EINTR && !wait);
  if (received < 0)
    return errno == EAGAIN || errno == EINTR ? Received::nothing : Received::closed;
  for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) unpack(i, buffers_->headers[i].msg_len);
  count_ = static_cast<std::size_t>(received);
  // At end of file the rest of a batch is filled with empty datagrams. A peer that sends one ends its channel.
  while (count_ && buffers_->headers[count_ - 1].msg_len == 0) messages_[--count_].descriptors.clear();
  return count_ ? Received::messages : Received::closed;
}

}  // namespace hevcpool::ipc

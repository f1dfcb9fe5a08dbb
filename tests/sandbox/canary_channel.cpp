// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/canary_attempts.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

// The wire is forged by hand here, after PROTOCOL.md, as an intruder would.
namespace hevcpool::sandbox {
namespace {

struct Forged {
  std::uint32_t magic = 0x31505648;
  std::uint16_t kind = 9;  // result
  std::uint16_t flags = 0;
  std::uint64_t job = 0;
  std::uint32_t body_size = 0;
  std::uint16_t descriptors = 0, status = 0;
  std::uint32_t task = 0;
  std::int32_t worker = -1, exit_status = 0;
  std::uint32_t reserved = 0;
  std::array<std::uint64_t, 6> rest{};
};
static_assert(sizeof(Forged) == 88);

int channel() {
  for (int fd = 0; fd < 1024; ++fd) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET) return fd;
  }
  return -1;
}

// The supervisor kills whoever sends such a thing, so waiting for it is part of the attempt.
std::string wait_for_the_end() {
  for (;;) ::pause();
}

std::string send_and_wait(const void* data, std::size_t size) {
  if (::send(channel(), data, size, MSG_NOSIGNAL) < 0) return verdict(-1);
  return wait_for_the_end();
}

std::string send_header(const Forged& header) { return send_and_wait(&header, sizeof header); }

std::string send_with_body(Forged header, std::size_t claimed, std::size_t real) {
  header.body_size = static_cast<std::uint32_t>(claimed);
  std::vector<char> datagram(sizeof header + real, 'x');
  std::memcpy(datagram.data(), &header, sizeof header);
  return send_and_wait(datagram.data(), datagram.size());
}

// `count` copies of the job's source.
long send_descriptors(const Prey& prey, std::size_t count) {
  Forged header{.descriptors = static_cast<std::uint16_t>(count)};
  iovec data{&header, sizeof header};
  std::vector<char> control(CMSG_SPACE(count * sizeof(int)));
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  const std::vector<int> copies(count, prey.context.descriptors()[0]);
  std::memcpy(CMSG_DATA(rights), copies.data(), count * sizeof(int));
  return ::sendmsg(channel(), &message, MSG_NOSIGNAL);
}

std::string thousand_descriptors(const Prey& prey) {
  for (int i = 0; i < 4; ++i)
    if (send_descriptors(prey, 250) < 0) return verdict(-1);
  return wait_for_the_end();
}

// Ids are counted up, so that a sibling's job is easily guessed.
std::string answer_for_everybody(const Prey&) {
  for (std::uint64_t job = 0; job < 64; ++job) {
    Forged header{.job = job, .body_size = 4};
    std::array<char, sizeof header + 4> datagram{};
    std::memcpy(datagram.data(), &header, sizeof header);
    std::memcpy(datagram.data() + sizeof header, "\"no\"", 4);
    if (::send(channel(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) break;
  }
  return wait_for_the_end();
}

std::string flood(const Prey&) {
  Forged header{.kind = 8};
  for (;;)
    if (::send(channel(), &header, sizeof header, MSG_NOSIGNAL) < 0) return wait_for_the_end();
}

// A polite flood: every message is right, and there are far too many.
std::string flood_with_progress(const Prey& prey) {
  for (;;) prey.context.progress("{}");
}

std::string hang_up(const Prey&) {
  ::shutdown(channel(), SHUT_RDWR);
  ::close(channel());
  return wait_for_the_end();
}

std::string lie_about_a_body_file(const Prey& prey) {
  static_cast<void>(prey);
  return send_header({.flags = 1, .body_size = 1000, .descriptors = 1});
}

}  // namespace

void add_channel_attempts(Attempts& attempts) {
  attempts["send one byte"] = [](const Prey&) { return send_and_wait("x", 1); };
  attempts["send a wrong magic number"] = [](const Prey&) { return send_header({.magic = 7}); };
  attempts["send an unknown kind"] = [](const Prey&) { return send_header({.kind = 77}); };
  attempts["order as a host would"] = [](const Prey&) { return send_header({.kind = 4}); };
  attempts["claim a longer body"] = [](const Prey&) { return send_with_body({}, 60000, 10); };
  attempts["claim a huge body"] = [](const Prey&) { return send_with_body({}, 0xFFFFFFFF, 10); };
  attempts["send an oversized message"] = [](const Prey&) { return send_with_body({}, 150000, 150000); };
  attempts["claim a body file"] = lie_about_a_body_file;
  attempts["pass 1000 descriptors"] = thousand_descriptors;
  attempts["answer for everybody"] = answer_for_everybody;
  attempts["flood the supervisor"] = flood;
  attempts["flood with progress"] = flood_with_progress;
  attempts["hang up"] = hang_up;
}

}  // namespace hevcpool::sandbox

// SPDX-License-Identifier: GPL-2.0-or-later
// The messages of PROTOCOL.md: the fixed header, the limits, and the one function that decides whether a header
// may be believed. Plain values; no state, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hevcpool::ipc {

constexpr std::uint32_t kMagic = 0x31505648;             // "HVP1"
constexpr std::size_t kMaxInlineBody = 64 * 1024;        // larger bodies travel in a memfd
constexpr std::size_t kMaxBody = 256u * 1024 * 1024;
constexpr std::size_t kMaxProgress = kMaxInlineBody;
constexpr std::size_t kMaxReport = 16 * 1024;            // ready, setup_failed, lost, broken
constexpr std::size_t kMaxDescriptors = 250;             // of a job, its body's memfd not counted

enum class Kind : std::uint16_t {
  // host to supervisor
  job = 1,           // also supervisor to worker
  cancel = 2,
  stop = 3,
  kill = 4,
  // supervisor to worker
  quit = 5,
  // worker to supervisor, passed on to the host
  ready = 6,
  setup_failed = 7,  // ends at the supervisor
  progress = 8,
  result = 9,
  // supervisor to host
  started = 10,
  lost = 11,
  broken = 12,
  // host to supervisor
  pause = 13,
  resume = 14,
};

// How a task ended (Header::status of a result).
enum class Outcome : std::uint16_t { ok = 0, task_error = 1, exception = 2 };

// Why an attempt has no result (Header::status of a lost).
enum class Cause : std::uint16_t {
  crash = 0,       // the worker died by itself: exit_status says how
  timeout = 1,
  stall = 2,
  cancelled = 3,
  protocol = 4,    // the worker broke the protocol and was killed
  undelivered = 5, // the job could not be handed to a worker; exit_status is an errno
};

namespace flag {
constexpr std::uint16_t body_in_memfd = 1;  // the last descriptor holds the body
constexpr std::uint16_t report_start = 2;   // job: answer with `started`
constexpr std::uint16_t chunk = 4;          // job, result: the body is a list, see PROTOCOL.md
constexpr std::uint16_t renew = 8;          // job: the avoided slot will do with another process in it
constexpr std::uint16_t all = 15;
}  // namespace flag

// Host byte order: both ends are one program on one machine. Fields that a kind does not use are 0.
struct Header {
  std::uint32_t magic = kMagic;
  Kind kind{};
  std::uint16_t flags = 0;
  std::uint64_t job = 0;          // the attempt; 0 where the message is about none
  std::uint32_t body_size = 0;    // wherever the body is
  std::uint16_t descriptors = 0;  // that travel with the message, a body's memfd included
  std::uint16_t status = 0;       // Outcome or Cause
  std::uint32_t task = 0;         // index in the table of tasks; of a lost: the Stage that the worker was at
  std::int32_t worker = -1;       // slot; of a job: the slot to avoid
  std::int32_t exit_status = 0;   // as wait(2) gives it
  std::uint32_t frame = 0;        // of a lost: the frame that was at work, from 1; 0 unknown
  std::uint64_t timeout_us = 0;
  std::uint64_t stall_us = 0;
  std::uint64_t wall_us = 0;
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;
  std::uint64_t peak_rss_kib = 0;
};
static_assert(sizeof(Header) == 88);

constexpr std::size_t kMaxDatagram = sizeof(Header) + kMaxInlineBody;

// Which way a message came; it decides which kinds are allowed.
enum class Route { host_to_supervisor, supervisor_to_worker, worker_to_supervisor, supervisor_to_host };

// What was received beside the header.
struct Arrival {
  std::size_t bytes = 0;          // of the datagram
  std::size_t descriptors = 0;
  bool truncated = false;         // MSG_TRUNC: longer than any message may be
  bool descriptors_lost = false;  // MSG_CTRUNC: more than allowed, or no room for them in this process
};

// The reason why the message must not be used, or an empty view. `header` is only read as far as `arrival.bytes`
// allows. Looks at the fields alone: whether a job id is known is the receiver's business.
std::string_view problem_with(const Header& header, const Arrival& arrival, Route route);

}  // namespace hevcpool::ipc

// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/message.h"

#include <initializer_list>

namespace hevcpool::ipc {
namespace {

constexpr std::uint32_t bit(Kind kind) { return 1u << static_cast<unsigned>(kind); }

constexpr std::uint32_t allowed_kinds(Route route) {
  switch (route) {
    case Route::host_to_supervisor:
      return bit(Kind::job) | bit(Kind::cancel) | bit(Kind::stop) | bit(Kind::kill) | bit(Kind::pause) |
             bit(Kind::resume);
    case Route::supervisor_to_worker: return bit(Kind::job) | bit(Kind::quit);
    case Route::worker_to_supervisor:
      return bit(Kind::ready) | bit(Kind::setup_failed) | bit(Kind::progress) | bit(Kind::result);
    case Route::supervisor_to_host:
      return bit(Kind::ready) | bit(Kind::progress) | bit(Kind::result) | bit(Kind::started) | bit(Kind::lost) |
             bit(Kind::broken);
  }
  return 0;
}

bool known_kind(Kind kind, Route route) {
  const auto number = static_cast<unsigned>(kind);
  return number < 32 && (allowed_kinds(route) & (1u << number)) != 0;
}

bool is_about_a_job(Kind kind) {
  return kind == Kind::job || kind == Kind::cancel || kind == Kind::progress || kind == Kind::result ||
         kind == Kind::started || kind == Kind::lost;
}

std::size_t largest_body(Kind kind) {
  switch (kind) {
    case Kind::job:
    case Kind::result: return kMaxBody;
    case Kind::progress: return kMaxProgress;
    case Kind::ready:
    case Kind::setup_failed:
    case Kind::lost:
    case Kind::broken: return kMaxReport;
    default: return 0;
  }
}

std::size_t most_descriptors(const Header& header) {
  const std::size_t memfd = (header.flags & flag::body_in_memfd) ? 1 : 0;
  return header.kind == Kind::job ? kMaxDescriptors + memfd : memfd;
}

std::uint16_t allowed_flags(Kind kind) {
  if (kind == Kind::job) return flag::all;
  return kind == Kind::result ? flag::body_in_memfd | flag::chunk : 0;
}

std::string_view problem_with_body(const Header& header, const Arrival& arrival) {
  if (header.body_size > largest_body(header.kind)) return "the body is larger than allowed";
  const std::size_t carried = arrival.bytes - sizeof(Header);
  if (header.flags & flag::body_in_memfd)
    return carried != 0 ? "a body both inline and in a memfd" : std::string_view{};
  return carried != header.body_size ? "the body's length is not what the header says" : std::string_view{};
}

std::string_view problem_with_descriptors(const Header& header, const Arrival& arrival) {
  if (arrival.descriptors_lost) return "more descriptors than can be received";
  if (arrival.descriptors != header.descriptors) return "the descriptors are not as many as the header says";
  if (header.descriptors > most_descriptors(header)) return "more descriptors than allowed";
  if ((header.flags & flag::body_in_memfd) && header.descriptors == 0) return "a body in a memfd that is not there";
  return {};
}

bool has_stray_values(const Header& header) {
  const bool job = header.kind == Kind::job;
  const bool result = header.kind == Kind::result;
  const bool lost = header.kind == Kind::lost;
  if (!job && (header.timeout_us | header.stall_us)) return true;
  if (!job && !lost && header.task) return true;
  if (!result && !lost && header.status) return true;
  if (!result && !lost && (header.wall_us | header.user_us | header.system_us | header.peak_rss_kib)) return true;
  return !lost && (header.exit_status || header.frame);
}

std::string_view problem_with_status(const Header& header) {
  if (header.kind == Kind::result && header.status > static_cast<unsigned>(Outcome::exception))
    return "an unknown outcome";
  if (header.kind == Kind::lost && header.status > static_cast<unsigned>(Cause::undelivered))
    return "an unknown cause";
  return {};
}

}  // namespace

std::string_view problem_with(const Header& header, const Arrival& arrival, Route route) {
  if (arrival.truncated) return "longer than a message may be";
  if (arrival.bytes < sizeof(Header)) return "shorter than a header";
  if (header.magic != kMagic) return "not a message of this protocol";
  if (!known_kind(header.kind, route)) return "a kind that does not come this way";
  if (header.flags & ~allowed_flags(header.kind)) return "flags that this kind does not have";
  if ((header.job != 0) != is_about_a_job(header.kind)) return "a job where there is none, or none where one must be";
  for (auto problem : {problem_with_body(header, arrival), problem_with_descriptors(header, arrival),
                       problem_with_status(header)})
    if (!problem.empty()) return problem;
  return has_stray_values(header) ? "a value in a field that this kind does not use" : std::string_view{};
}

}  // namespace hevcpool::ipc

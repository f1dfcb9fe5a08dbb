// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/result.h>

namespace hevcpool {

std::string_view to_string(Failure failure) {
  switch (failure) {
    case Failure::task: return "task";
    case Failure::exception: return "exception";
    case Failure::crash: return "crash";
    case Failure::timeout: return "timeout";
    case Failure::cancelled: return "cancelled";
    case Failure::pool_lost: return "pool_lost";
    case Failure::refused: return "refused";
  }
  return "unknown";
}

JobFailed::JobFailed(JobError error)
    : std::runtime_error(std::string(to_string(error.kind)) + ": " + error.message), error_(std::move(error)) {}

const std::string& JobResult::value() const {
  if (error) throw JobFailed(*error);
  return body;
}

}  // namespace hevcpool

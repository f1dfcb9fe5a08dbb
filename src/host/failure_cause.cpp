// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/failure_cause.h"

#include <algorithm>
#include <array>

namespace hevcpool::host {

bool may_do_better(const JobError& error) {
  using namespace std::string_view_literals;
  // libav also says EINVAL and the like of what is in a file.
  constexpr std::array kMachine = {
      "EACCES"sv, "EAGAIN"sv, "EBUSY"sv,  "EDQUOT"sv,  "EFBIG"sv,      "EHOSTDOWN"sv, "EIO"sv,   "EMFILE"sv,    "ENETDOWN"sv,
      "ENFILE"sv, "ENODEV"sv, "ENOENT"sv, "ENOLINK"sv, "ENOMEDIUM"sv,  "ENOMEM"sv,    "ENOSPC"sv, "ENOTCONN"sv, "ENXIO"sv,
      "EPERM"sv,  "EREMOTEIO"sv, "EROFS"sv, "ESHUTDOWN"sv, "ESTALE"sv, "ETIMEDOUT"sv};
  return error.kind != Failure::task || std::ranges::find(kMachine, error.code) != kMachine.end();
}

}  // namespace hevcpool::host

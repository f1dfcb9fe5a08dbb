// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unique_fd.h"

#include <unistd.h>

#include <cerrno>

namespace hevcpool {

void UniqueFd::reset(int fd) {
  const int previous = std::exchange(fd_, fd);
  if (previous < 0) return;
  const int kept = errno;
  ::close(previous);  // never retried: on Linux the descriptor is gone even after EINTR
  errno = kept;
}

}  // namespace hevcpool

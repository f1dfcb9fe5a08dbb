// SPDX-License-Identifier: GPL-2.0-or-later
// The signals that stop or concern a batch, as a descriptor to poll. Made before the pool and before any thread, so
// that no signal is lost and no thread takes one away; the mask it found is restored when it dies.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <hevcpool/pool.h>

#include <signal.h>

#include <optional>

namespace hevcpool::cli {

class Signals {
 public:
  // Blocks INT, TERM, HUP, QUIT, TSTP and WINCH, and ignores PIPE: a closed output is seen where it is written. HUP stays
  // ignored where it was (nohup); INT and QUIT count even where a shell made its background jobs ignore them.
  static Expected<Signals> create();
  Signals(Signals&&) noexcept = default;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  int readable() const { return fd_.get(); }
  // The next signal that arrived; nothing when there is none.
  std::optional<int> take();

 private:
  Signals(UniqueFd fd, const sigset_t& before) : fd_(std::move(fd)), before_(before) {}

  UniqueFd fd_;
  sigset_t before_;
};

// As the terminal's stop key asks: the workers, which are in groups of their own, and then this process. Returns when
// it is continued.
void sleep_with_workers(Pool& pool);

}  // namespace hevcpool::cli

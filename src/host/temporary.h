// SPDX-License-Identifier: GPL-2.0-or-later
// An output on its way: a file that nobody sees, or that shows its state by its name, until it is given its final
// name. Made in the target's folder, or the closest existing one above it, so that the last step is a link.
//
//   unnamed (O_TMPFILE) --commit--> NAME          nothing is left by a crash
//   .NAME.part, locked  --commit--> NAME          where the file system has no unnamed files
//
// The lock tells a file in use from what a crash left behind; it lasts as long as any process has the descriptor.
// Dies: an uncommitted one is gone, with the folders that were made for it. One thread at a time.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <string>

namespace hevcpool::host {

enum class Naming { unnamed, named };

class Temporary {
 public:
  // `target` is the final path. `naming` asks for unnamed first, or only for the named kind.
  static Expected<Temporary> create(const std::string& target, Naming naming = Naming::unnamed);
  Temporary() = default;
  Temporary(Temporary&& other) noexcept;
  Temporary& operator=(Temporary&& other) noexcept;
  ~Temporary();

  [[nodiscard]] bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  // A descriptor of its own for reading, for whoever may not write.
  Expected<UniqueFd> open_for_reading() const;

  enum class Linked { yes, name_taken };
  // Gives it the name `target`, unless that exists. Atomic. On success nothing is left to clean up.
  Expected<Linked> link_new(const std::string& target);
  // Gives it the name `target`, in place of what has it. Atomic.
  Expected<void> link_over(const std::string& target);

 private:
  Expected<void> link_to(const std::string& path);
  void discard();
  void remove_folders_made();

  UniqueFd fd_;
  std::string name_;  // empty while unnamed
  std::string kept_folder_;  // of a named one: the folders below this were made for it; empty: none
};

// The name a temporary has where it needs one: ".NAME.part" beside `target`, shortened where the file system's
// limit of 255 bytes demands it.
std::string part_path(const std::string& target);

// Removes what a crashed run left under part_path(target). One that is in use stays: an error with EBUSY.
Expected<void> remove_leftover(const std::string& target);

}  // namespace hevcpool::host

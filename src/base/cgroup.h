// SPDX-License-Identifier: GPL-2.0-or-later
// Where the limits of this process's control groups stand. Plain functions over the files of a cgroup file system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool {

struct CgroupFolder {
  std::string path;
  bool unified = false;  // version 2
};

// The folders whose files bound the process with the /proc/PID/cgroup text `membership`: its group and every
// ancestor, in version 2's tree (also where it is mounted beside version 1) and in version 1's of `controller`.
std::vector<CgroupFolder> cgroup_folders(const std::string& root, const std::string& membership,
                                         std::string_view controller);

// A small file's content; empty when it cannot be read.
std::string read_text(const std::string& path);

}  // namespace hevcpool

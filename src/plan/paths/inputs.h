// SPDX-License-Identifier: GPL-2.0-or-later
// From the arguments of a command to the files they mean: files as they are, folders walked for videos, @lists read.
// Reads folders and lists, opens no video. Values only; any thread.
#pragma once

#include "base/error.h"
#include "plan/paths/video_names.h"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::plan {

// Which file a name leads to, through links. Two names of one file have equal identities.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
  auto operator<=>(const FileIdentity&) const = default;
};
std::optional<FileIdentity> identify(const std::string& path);

struct Input {
  std::string path;                      // as it is to be opened
  std::string relative;                  // its place in a mirrored tree
  std::optional<FileIdentity> identity;  // nothing when there is no such file
  std::optional<Error> problem;          // why it cannot be a job: missing, unreadable folder, not a file
  bool named = false;                    // an argument itself, neither found in a folder nor read from a list
};

struct ExpandOptions {
  std::optional<FileIdentity> skip_folder;  // where the outputs go: not walked, unless it was named itself
  std::function<bool(std::string_view)> accepts;  // names that a folder is walked for; empty: videos, not our own
  bool skip_made = false;                   // nor what small tasks made of something in the same folder
};

// The files of `arguments`, in order; the files of a folder are sorted by name. What is missing is an Input with a
// problem. Fails only where a list cannot be read.
Expected<std::vector<Input>> expand_inputs(const std::vector<std::string>& arguments, const ExpandOptions& options);

// The names of the lists among the arguments of a command.
std::vector<std::string> lists_among(const std::vector<std::string>& arguments);

// The entries of a list's text: separated by NUL if there is one, else by line ends. Empty ones are dropped.
std::vector<std::string> split_list(std::string_view text);

}  // namespace hevcpool::plan

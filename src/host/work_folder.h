// SPDX-License-Identifier: GPL-2.0-or-later
// What is finished of a film while it is being encoded in segments: .hevcpool/<hash>/ beside the output, where the
// hash says which source (size, modification time, first and last MiB) with which options. A segment is there under
// its name if and only if it is complete; there is no other state. The folder's file "job" names the output, so
// that what another source or other options left for the same output is recognised, and is locked by whoever works
// on it. The folder goes with the commit of the output; after a crash or a cancellation it stays. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "host/temporary.h"

#include <hevcpool/clean.h>

#include <sys/stat.h>

#include <string>
#include <vector>

namespace hevcpool::host {

struct WorkKey {
  std::string output;        // path
  std::string options;       // everything that the segments depend on besides the source, as text
  struct stat source {};
};

class WorkFolder {
 public:
  // `source` is the opened source, read with pread. Makes the folder if it is not there.
  static Expected<WorkFolder> open(const WorkKey& key, int source);
  WorkFolder() = default;

  bool valid() const { return !path_.empty(); }
  // Hash of source and options, which segments carry.
  const std::string& hash() const { return hash_; }
  // Folders for the same output, of another source or other options, that were removed when this one was opened.
  std::size_t outdated() const { return outdated_; }

  std::vector<std::string> segments() const;           // names
  Expected<UniqueFd> read(const std::string& name) const;
  Expected<Temporary> begin(const std::string& name) const;
  // Gives a segment its name. One that has it already is as good.
  Expected<void> finish(Temporary temporary, const std::string& name) const;
  void discard(const std::string& name) const;
  // The end of the folder and all that is in it.
  void remove();
  // The same, if it holds no segment.
  void remove_if_empty();

 private:
  std::string path_, hash_;
  UniqueFd lock_;
  std::size_t outdated_ = 0;
};

// Removes what a run that was cut off left of the work for an output that is complete by now. What somebody works on
// stays.
void forget_work_for(const std::string& output);

// What crashed or cancelled runs left in `folder`/.hevcpool and nobody works on: removed, unless `look_only`.
std::vector<Leftover> clean_work_folders(const std::string& folder, bool look_only);

}  // namespace hevcpool::host

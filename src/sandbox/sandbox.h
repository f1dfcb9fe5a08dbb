// SPDX-License-Identifier: GPL-2.0-or-later
// Confinement of a worker process: what it gives up before it touches its first job. Three kernel layers, each
// of which holds on its own (no new privileges with all capabilities dropped; Landlock; a seccomp allow-list),
// and resource limits. A layer that the kernel lacks is reported as missing and the others stay on.
//
// Rules that the rest of the program relies on: descriptors opened before keep working, threads can be made,
// memory can be mapped, files below `scratch_folder` can be made and removed, and system libraries, fonts and
// time zones can be read. A forbidden call fails with EPERM (clone3 with ENOSYS, so that libc falls back to
// clone); a call that only an attacker makes (exec, sockets, ptrace, mount, namespaces…) ends the process with
// SIGSYS.
#pragma once

#include "base/error.h"
#include "sandbox/confinement.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hevcpool::sandbox {

struct SandboxOptions {
  std::string scratch_folder;             // exists; the one place that can be written by path. Empty: none
  std::vector<std::string> read_only;     // files and folders readable besides the system's libraries and fonts
  std::uint64_t open_files = 256;         // RLIMIT_NOFILE
  std::uint64_t address_space_bytes = 0;  // RLIMIT_AS; 0: as it is
  std::uint64_t cpu_seconds = 0;          // RLIMIT_CPU; 0: as it is
  bool require = false;                   // a missing layer is an error instead of a line in the report
};

// Confines the calling process for good. It must have one thread. On failure the process is confined in part and
// must end: it may not take a job.
Expected<Confinement> confine(const SandboxOptions& options);

// What confine() would reach here. Nothing changes for the caller: a forked child tries it and reports. The
// caller must have one thread.
Expected<Confinement> available(const SandboxOptions& options = {});

}  // namespace hevcpool::sandbox

// SPDX-License-Identifier: GPL-2.0-or-later
// What the workers give up before their first job, layer by layer. Plain values; any thread, unless a function says
// otherwise.
#pragma once

#include <hevcpool/export.h>

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool {

struct SandboxLayer {
  std::string name;    // "environment", "rlimits", "capabilities", "no_new_privs", "landlock", "seccomp"
  bool active = false;
  std::string detail;  // active: what it covers ("ABI 7"); otherwise why it is missing
};

struct HEVCPOOL_API SandboxReport {
  std::vector<SandboxLayer> layers;  // empty: not confined at all

  bool complete() const;                                  // every layer is active
  const SandboxLayer* find(std::string_view name) const;  // nullptr when there is none of that name
  std::string summary() const;  // one line: "no_new_privs, landlock (ABI 7); missing: seccomp (…)"
  std::string text() const;     // one line per layer, for people
  std::string json() const;     // {"complete":true,"layers":[{"name":…,"active":…,"detail":…},…]}
};

// Reads json() back. A text that is not one gives a report without layers.
HEVCPOOL_API SandboxReport sandbox_report_from_json(std::string_view text);

// What workers would reach on this machine. Nothing changes for the caller: a forked child tries it. Call it while
// the process has one thread. On failure the report has no layers and `error`, if given, says why.
HEVCPOOL_API SandboxReport probe_sandbox(std::string* error = nullptr);

}  // namespace hevcpool

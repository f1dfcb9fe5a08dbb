// SPDX-License-Identifier: GPL-2.0-or-later
// What a confined worker has given up, layer by layer. A plain value, made by confine() or available(), shown by
// `hevcpool doctor`, `-v` and the `start` event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::sandbox {

struct Layer {
  std::string name;    // "no_new_privs", "capabilities", "rlimits", "environment", "landlock", "seccomp"
  bool active = false;
  std::string detail;  // active: what it covers ("ABI 7"); otherwise why it is missing
};

struct Confinement {
  std::vector<Layer> layers;

  bool complete() const;                            // every layer is active, none of them in part
  const Layer* find(std::string_view name) const;   // nullptr when there is none of that name
  std::string summary() const;                      // one line: "no_new_privs, landlock (ABI 7); missing: seccomp (…)"
  std::string text() const;                         // one line per layer, for people
  std::string json() const;                         // {"complete":true,"layers":[{"name":…,"active":…,"detail":…},…]}
};

// Reads json() back. A text that is not one gives a Confinement without layers, which is not complete.
Confinement confinement_from_json(std::string_view text);

}  // namespace hevcpool::sandbox

// SPDX-License-Identifier: GPL-2.0-or-later
// The names of public values, each table once.
#include <hevcpool/encode.h>

namespace hevcpool {

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::inspect: return "inspect";
    case StepKind::index: return "index";
    case StepKind::reuse_segment: return "reuse_segment";
    case StepKind::encode_segment:
    case StepKind::encode: return "encode";
    case StepKind::assemble: return "assemble";
    case StepKind::verify: return "verify";
  }
  return "";
}

std::string_view to_string(SkipReason reason) {
  switch (reason) {
    case SkipReason::output_exists: return "output_exists";
    case SkipReason::replaced_before: return "replaced_before";
    case SkipReason::already_hevc: return "already_hevc";
    case SkipReason::too_little_saved: return "too_little_saved";
    case SkipReason::known_too_large: return "known_too_large";
  }
  return "";
}

}  // namespace hevcpool

// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of `hevcpool profile`, read into a value. Touches no file.
#pragma once

#include "cli/options/encode_options.h"

#include <hevcpool/encode.h>

#include <string>
#include <variant>
#include <vector>

namespace hevcpool::cli {

struct ProfileArguments {
  std::vector<std::string> inputs;  // a video; or finished profiles, to be compared
  Encode encode;                    // what to run, without its input
  unsigned threads = 0;
  std::string output;               // of the encode; empty: it is thrown away
  std::string label;                // of the run, for comparisons; empty: by the settings
  std::string json, trace, html, flame;  // files to write; empty: none
  std::vector<std::string> sweeps;  // KEY=V1,V2,...
  bool ssim = false, psnr = false;
  bool measures = true;             // false: only the encode, for measuring the measurement itself
  bool sandbox = true;
};

std::variant<ProfileArguments, ParseExit> parse_profile(int argc, const char* const* argv);

}  // namespace hevcpool::cli

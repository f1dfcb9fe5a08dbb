// SPDX-License-Identifier: GPL-2.0-or-later
// How much of the picture is left in an output. Runs ffmpeg, which knows nothing of who made it.
#pragma once

#include <string>
#include <vector>

namespace hevcpool::cli {

// The mean SSIM of some of the outputs in `folder` (NAME.EXT for an input NAME.*), spread over the batch; 0 where
// none could be compared.
double ssim_of(const std::string& input, const std::string& output);  // of one; 0: they could not be compared
double mean_ssim(const std::vector<std::string>& inputs, const std::string& folder);

}  // namespace hevcpool::cli

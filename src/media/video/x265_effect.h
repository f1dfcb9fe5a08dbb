// SPDX-License-Identifier: GPL-2.0-or-later
// Which of the x265 parameters that a request names are not taken: x265 changes what does not go with the rest or with
// the picture, and says so on its standard error at most. Pure.
#pragma once

#include "media/video/x265_options.h"

#include <string>
#include <vector>

namespace hevcpool::media {

// A sentence for each. `asked` is what x265 was opened with, `used` what it made of that.
std::vector<std::string> without_effect(const std::string& x265_params, const x265_param& asked, const x265_param& used);

}  // namespace hevcpool::media

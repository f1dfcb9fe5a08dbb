// SPDX-License-Identifier: GPL-2.0-or-later
// Foreign text inside HTML and SVG. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hevcpool::profile {

// Shows as itself between tags and inside an attribute with quotes of either kind. Control characters, which neither
// may hold, become spaces; line ends and tabulators stay.
std::string html_text(std::string_view text);

}  // namespace hevcpool::profile

// SPDX-License-Identifier: GPL-2.0-or-later
// The files that a page consists of; embed.cmake puts them in.
#pragma once

#include <string_view>

namespace hevcpool::profile::assets {

extern const std::string_view kPageCss, kDrawJs, kPageJs, kPlotCss, kPlotJs, kPlotLicence;

}  // namespace hevcpool::profile::assets

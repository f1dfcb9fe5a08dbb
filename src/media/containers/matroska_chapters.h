// SPDX-License-Identifier: GPL-2.0-or-later
// Editions of chapters as Matroska has them: cut to a range, and what other containers can hold of them. Plain functions.
#pragma once

#include "media/libav/av.h"
#include "media/containers/matroska_file.h"

#include <string>
#include <vector>

namespace hevcpool::media {

// The part of them in [begin, end), moved so that `begin` becomes 0; AV_TIME_BASE units. INT64_MAX: no end.
std::vector<Element> cut_editions(const std::vector<Element>& editions, std::int64_t begin, std::int64_t end);

// What is lost where there is one list of chapters only: "other editions", "the order of its chapters"...
std::vector<std::string> lost_in_one_list(const std::vector<Element>& editions);

// The one list: of the edition that players use, what is not hidden. Replaces libav's, which has all editions in one.
Expected<void> use_default_edition(const std::vector<Element>& editions, AVFormatContext& format);

}  // namespace hevcpool::media

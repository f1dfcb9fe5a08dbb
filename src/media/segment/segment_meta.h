// SPDX-License-Identifier: GPL-2.0-or-later
// Header and trailer of a segment file as JSON text and back. Reading checks types and ranges.
#pragma once

#include "media/segment/segment_file.h"

#include <string>
#include <string_view>

namespace hevcpool::media {

std::string to_text(const SegmentHeader& header);
std::string to_text(const SegmentTrailer& trailer);
Expected<SegmentHeader> header_from_text(std::string_view text);
Expected<SegmentTrailer> trailer_from_text(std::string_view text);

// Names and versions of the libraries that decode and encode, for headers.
std::string library_versions();

}  // namespace hevcpool::media

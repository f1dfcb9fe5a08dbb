// SPDX-License-Identifier: GPL-2.0-or-later
// Tags of a Matroska source beside those that libav's muxer wrote. Plain functions.
#pragma once

#include "media/containers/ebml.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::media {

// What a tag can be about in the output.
struct TagTargets {
  std::map<std::uint64_t, std::uint64_t> tracks, attachments;  // the source's number, and the output's
  std::set<std::uint64_t> editions, chapters;                  // numbers stay
  std::set<std::uint64_t> encoded;                             // tracks (numbers of the output) that are encoded anew
};

// Tags that say how a stream was encoded or counted. (libav's name: "BPS-eng")
bool is_statistics(std::string_view key);

// The source's, as far as what they are about is in the output, and the muxer's own. Where both say the same thing of the
// same track or of the file, the muxer's is right.
std::vector<Element> joined_tags(const std::vector<Element>& source, std::vector<Element> written,
                                 const TagTargets& targets);

// The numbers of all chapters in the editions, and of the editions.
void note_chapters(const std::vector<Element>& editions, TagTargets& targets);

}  // namespace hevcpool::media

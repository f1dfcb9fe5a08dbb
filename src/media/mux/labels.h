// SPDX-License-Identifier: GPL-2.0-or-later
// Titles, dispositions and tags, where containers differ in what they have a place for. MKV has one for all of them.
// Plain functions over libav's descriptions.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/encode.h>

#include <string>
#include <vector>

namespace hevcpool::media {

// The labels of a stream that MP4 and MOV have no place for, as a phrase ("title, forced"); empty when there are none.
std::string labels_lost_in_mp4(const AVStream& stream);

// MP4 and MOV enable the first track of a kind where none is marked as the default; that says something new where
// there are rivals.
bool mp4_would_choose_a_default(const AVFormatContext& format);

// MP4 and MOV hold either a fixed set of tags, in the form that most players read, or any at all, in QuickTime's
// form, which has no cover. Where they come from such a file without a cover, the second form is taken, and nothing
// is lost. With a cover in MP4 the first one stays: what it lacks then (iTunes' sort keys and their like) is named.
// MOV's set is smaller, and it has a cover in neither form.
bool needs_free_keys(const AVFormatContext& source, Container container);
// Keys of the file that the container's fixed set lacks. What a container says of itself (MXF, ASF, FLV, AVI) does not
// count.
std::vector<std::string> tags_lost_in(Container container, const AVFormatContext& source);
// Whether those of MP4 are reason enough to write MKV instead.
bool tags_ask_for_mkv(const AVFormatContext& source);

// Tags that the muxer writes about its own file.
bool is_of_the_container(std::string_view key);

}  // namespace hevcpool::media

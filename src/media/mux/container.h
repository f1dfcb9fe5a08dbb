// SPDX-License-Identifier: GPL-2.0-or-later
// What each target container can hold, and in which form. Plain functions over libav's stream descriptions.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/encode.h>

#include <string>

namespace hevcpool::media {

// How a stream of the source gets into a container.
struct Holding {
  enum class Form {
    copy,      // as it is
    lossless,  // as another codec, without losing anything: PCM layouts, cover art as an attachment
    lossy,     // as another codec that cannot say everything: subtitle styling; sound decoded once
    none,      // not at all
  } form = Form::none;
  AVCodecID codec = AV_CODEC_ID_NONE;  // what it becomes
  std::string reason;                  // for none: why
};

const char* muxer_name(Container container);
const char* container_title(Container container);  // "MP4", for sentences

// Whether what comes before time 0 can be in the file without being shown or heard.
bool has_edit_lists(const AVOutputFormat& muxer);

// Whether sound of that codec gets in as it is.
bool holds_sound(Container container, AVCodecID codec);
// The layout that sound of `codec` is believed to have in the container, where it is not the one that it has: "3.0", or
// "any". Empty: the layout is kept, or there is none.
std::string layout_taken_for(Container container, AVCodecID codec, const AVChannelLayout& layout);

// Video streams other than attached pictures are always encoded; they are not asked for here.
Holding how_to_hold(Container container, const AVStream& stream);
// The same for MP4 and the automatic choice: only what players of MP4 generally know counts as held.
bool mp4_is_enough_for(const AVStream& stream);

}  // namespace hevcpool::media

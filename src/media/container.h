// SPDX-License-Identifier: GPL-2.0-or-later
// What each target container can hold, and in which form. Plain functions over libav's stream descriptions.
#pragma once

#include "media/av.h"

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

// Video streams other than attached pictures are always encoded; they are not asked for here.
Holding how_to_hold(Container container, const AVStream& stream);
// The same for MP4 and the automatic choice: only what players of MP4 generally know counts as held.
bool mp4_is_enough_for(const AVStream& stream);
// The labels of a stream that MP4 and MOV have no place for, as a phrase ("title, forced"); empty when there are none.
std::string labels_lost_in_mp4(const AVStream& stream);
// MP4 and MOV enable the first track of a kind where none is marked as the default; that says something new where
// there are rivals.
bool mp4_would_choose_a_default(const AVFormatContext& format);

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
// What kind a stream is where its type alone does not tell. Plain functions.
#pragma once

#include "media/libav/av.h"

namespace hevcpool::media {

bool is_attached_picture(const AVStream& stream);
// The text track that QuickTime files keep their chapters in; it is made anew from the chapters.
bool is_chapter_track(const AVFormatContext& format, const AVStream& stream);
bool is_timecode_track(const AVStream& stream);

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
// Codecs that libav has, under names of containers that it does not know. Plain functions.
#pragma once

#include "media/libav/av.h"

namespace hevcpool::media {

// Matroska's name for WebVTT with settings beside the text. Its packets are text with the marks of SubRip.
inline constexpr const char* kMatroskaWebVtt = "S_TEXT/WEBVTT";

// WebVTT in boxes, as MP4 has it: Source takes it out of them.
bool is_boxed_webvtt(const AVStream& stream);

// ISO's entries for PCM (`ipcm`, `fpcm`) and WebVTT (`wvtt`) in MP4. What libav knows itself stays.
void name_mp4_codecs(int fd, AVFormatContext& format);

}  // namespace hevcpool::media

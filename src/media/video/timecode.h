// SPDX-License-Identifier: GPL-2.0-or-later
// Timecodes: the number of a picture, counted at a whole number of pictures per second and written HH:MM:SS:FF. libav
// reads and writes them for usual rates only; what a source says is more. Plain values.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hevcpool::media {

struct Timecode {
  int fps = 0;             // as it is counted: 24, 25, 30, 50, 60
  bool drop = false;       // numbers are left out (SMPTE ST 12-1), so that it keeps to the clock at 30000/1001 and 60000/1001
  std::int64_t frame = 0;  // since 00:00:00:00
};

// Nothing where the text is no timecode. A drop flag at a rate that has no such counting means nothing.
std::optional<Timecode> parse_timecode(std::string_view text, int fps);
// The number as HH:MM:SS:FF, or HH:MM:SS;FF; a day later it begins anew.
std::string text_of(const Timecode& timecode);

// How a source counts its timecode.
struct TimecodeCount {
  AVRational rate{0, 1};  // pictures per second
  int fps = 0;            // the whole number that is counted to
};

// Of the picture that comes first, as the source has it: in a tag, or in a timecode track that libav does not understand.
struct SourceTimecode {
  TimecodeCount count;
  std::string text;
};
std::optional<SourceTimecode> find_timecode(AVFormatContext& format, const AVStream& video);

// Writes the timecode of a source's video stream, so many seconds later, over the tags that an output took from the
// source. The output, not begun, shows the video in its stream `picture`, whose average rate becomes what the timecode is
// counted by: MP4 and MOV keep it in a track.
void write_timecodes(AVFormatContext& source, const AVStream& video, AVFormatContext& output, int picture, double later);

// The same timecode so many seconds later; as it is where it is no timecode.
std::string timecode_after(const std::string& text, const TimecodeCount& count, double seconds);
// Whether libav's MP4 and MOV muxer writes a timecode track of that rate.
bool muxer_counts(const TimecodeCount& count);

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
// What the name of a file says of its content. Pure functions over names, apart from may_hold_video().
#pragma once

#include <string>
#include <string_view>

namespace hevcpool::plan {

// By extension only, in any case of letters: mostly a video.
bool is_video_name(std::string_view name);
// The same, or a name that sound and pictures have as well.
bool is_media_name(std::string_view name);
bool is_image_name(std::string_view name);
bool is_sound_name(std::string_view name);  // or a video, which may hold sound
// What a walk for videos takes. Some extensions are those of other files too: TypeScript and translations (.ts),
// modules of music and of Go (.mod), sound (.ogg), data of any kind (.dat, .rec). Of these the beginning is read. A
// recording that is empty or cannot be read is taken: that it is so is to be said.
bool may_hold_video(const std::string& path);
// NAME.hevc.mp4, .mkv or .mov: what this program makes.
bool is_own_output(std::string_view name);
// "NAME" of NAME.clip.EXT, NAME.converted.EXT, NAME.thumb.EXT and NAME.thumb-K.EXT; empty: none of them.
std::string_view made_from(std::string_view name);

}  // namespace hevcpool::plan

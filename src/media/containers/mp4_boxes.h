// SPDX-License-Identifier: GPL-2.0-or-later
// What tracks of an MP4 or MOV file say that libav does not read: read with pread from a borrowed descriptor, within limits,
// whatever is in it. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hevcpool::media {

struct Mp4Track {
  std::uint32_t id = 0;   // libav's AVStream::id
  std::string language;   // BCP 47, of `elng`; empty where it has none
  std::uint64_t language_code_at = 0;  // place in the file of the two bytes in `mdhd`; 0 where there is none
  std::string entry;      // the four letters of its first sample entry
  // Of a picture's sample entry: a `clap` that shows a part of it only ("704x576"), and a `vexu` box.
  std::string clean_aperture;
  bool describes_eyes = false;
  // Of `pcmC`; 0 bits where there is none.
  int pcm_bits = 0;
  bool pcm_little_endian = false;
};

// Of the file's `moov`, in order; empty where there is none.
std::vector<Mp4Track> read_mp4_tracks(int fd);

}  // namespace hevcpool::media

// SPDX-License-Identifier: GPL-2.0-or-later
// How long a film is, where its header does not say.
#pragma once

#include "media/input/input_file.h"

#include <string>

namespace hevcpool::media {

// Seconds from the file's time 0 to its end. Where the header says nothing and libav could only estimate (a recording
// that was never completed, a stream saved as it came), all packets of the same file are read again through `fd`.
// So they are where the clock jumps: the header, or what libav makes of the first and the last packet, is of no use then.
Expected<double> whole_duration(const InputFile& file, bool jumps, int fd, const std::string& name);

}  // namespace hevcpool::media

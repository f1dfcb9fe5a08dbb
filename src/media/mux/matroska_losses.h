// SPDX-License-Identifier: GPL-2.0-or-later
// What a source says that its container has a place for and the output's has not, beside what libav knows. Plain functions.
#pragma once

#include "media/input/input_file.h"

#include <hevcpool/encode.h>

#include <string>
#include <vector>

namespace hevcpool::media {

// Of the file as a whole: "other editions of the chapters", "tags of single chapters".
std::vector<std::string> file_descriptions_lost(const InputFile& source, Container container);

// Of a stream that is in the output: "its language pt-BR", "its tags: COMMENT". `encoded`: not copied.
std::vector<std::string> stream_descriptions_lost(const InputFile& source, Container container, int stream, bool encoded);

}  // namespace hevcpool::media

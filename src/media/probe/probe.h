// SPDX-License-Identifier: GPL-2.0-or-later
// Metadata of one file in the layout of `ffprobe -show_format -show_streams -show_chapters -of json`: the same
// names, nesting, order and values. Runs in the calling thread; reads the descriptor with pread only.
#pragma once

#include "base/error.h"

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct ProbeRequest {
  int source = -1;
  std::string name;                 // becomes "filename"; its extension helps to recognise the format
  bool frames = false;              // decode every video stream: "nb_read_frames"
  bool keyframes = false;           // read every packet: "keyframes"
  std::function<bool()> cancelled;  // may be empty
};

// The document, on one line.
Expected<std::string> probe(const ProbeRequest& request);

// For measurements: what a plain loop around libav does, opening by name. How many files could be read.
std::size_t read_headers(const std::vector<std::string>& paths);

}  // namespace hevcpool::media

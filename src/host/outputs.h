// SPDX-License-Identifier: GPL-2.0-or-later
// Which path an encode's output gets, and which container its path asks for. Names only; no file is touched.
#pragma once

#include <hevcpool/encode.h>

#include <string>
#include <vector>

namespace hevcpool::host {

// ".mp4", ".mkv", ".mov"; empty for automatic.
std::string extension(Container container);
// The container that an extension stands for; automatic for one that stands for none.
Container container_of(const std::string& path);

// The options as the worker gets them: an automatic container becomes the one that the output's name asks for.
EncodeOptions effective_options(const Encode& encode);

// The final path, once the container is known. A replaced source keeps its very name where the container is the
// one that the name says.
std::string output_path(const Encode& encode, Container container);

// Every path that could be the output, while the container is not known.
std::vector<std::string> possible_outputs(const Encode& encode);

}  // namespace hevcpool::host

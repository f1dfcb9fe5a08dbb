// SPDX-License-Identifier: GPL-2.0-or-later
// The options of a picture file, shared by thumbnails and images.
#pragma once

#include "cli/options/task_options.h"

namespace hevcpool::cli {

void add_picture_options(CLI::App& app, StillOptions& options);

}  // namespace hevcpool::cli

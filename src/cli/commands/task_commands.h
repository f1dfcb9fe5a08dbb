// SPDX-License-Identifier: GPL-2.0-or-later
// The subcommands other than encode. Each returns the program's exit code.
#pragma once

namespace hevcpool::cli {

int probe_command(int argc, const char* const* argv);
int thumbnail_command(int argc, const char* const* argv);
int clip_command(int argc, const char* const* argv);
int audio_command(int argc, const char* const* argv);
int image_command(int argc, const char* const* argv);
int frames_command(int argc, const char* const* argv);
int batch_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli

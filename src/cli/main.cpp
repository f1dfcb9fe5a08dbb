// SPDX-License-Identifier: GPL-2.0-or-later
// The program: picks the subcommand.
#include "cli/bench/bench_command.h"
#include "cli/commands/clean_command.h"
#include "cli/commands/doctor_command.h"
#include "cli/commands/encode_command.h"
#include "cli/term/exit_code.h"
#include "cli/term/output.h"
#include "cli/profile/profile_command.h"
#include "cli/commands/sample_command.h"
#include "cli/commands/task_commands.h"
#include "cli/term/version.h"

#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace hevcpool::cli;

struct Subcommand {
  std::string_view name;
  std::string_view help;
  int (*run)(int argc, const char* const* argv);
};
constexpr Subcommand kSubcommands[] = {
    {"encode", "convert videos to H.265/HEVC, several at once", encode_command},
    {"probe", "print metadata as ffprobe's JSON", probe_command},
    {"thumbnail", "make thumbnails of videos", thumbnail_command},
    {"clip", "cut a clip out of videos", clip_command},
    {"audio", "extract the audio of files", audio_command},
    {"image", "convert still pictures", image_command},
    {"frames", "count frames and describe them", frames_command},
    {"batch", "run the jobs of a file, of any kind", batch_command},
    {"sample", "make short test clips", sample_command},
    {"bench", "compare hevcpool with ffmpeg and others on this machine", bench_command},
    {"clean", "remove what interrupted runs left behind", clean_command},
    {"profile", "measure where the time of an encode goes", profile_command},
    {"doctor", "show this machine's processors and confinement", doctor_command},
};

std::string help() {
  std::string text = version_text() + ": bulk video conversion to H.265/HEVC\n\n"
                     "Usage: hevcpool COMMAND [options] ...\n\n";
  for (const Subcommand& each : kSubcommands)
    text.append("  ").append(each.name).append(12 - each.name.size(), ' ').append(each.help).append("\n");
  return text + "\n`hevcpool COMMAND --help` describes a command.\n";
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  const std::string_view word = argc > 1 ? argv[1] : "";
  for (const Subcommand& each : kSubcommands)
    if (each.name == word) return each.run(argc - 1, argv + 1);
  if (word == "--help" || word == "-h") return std::fputs(help().c_str(), stdout) < 0 ? kExitFailed : kExitDone;
  if (word == "--version") return std::puts(version_text().c_str()) < 0 ? kExitFailed : kExitDone;
  if (word.empty()) std::fputs(help().c_str(), stderr);
  else std::fprintf(stderr, "hevcpool: '%s' is no command; see hevcpool --help\n", argv[1]);
  return kExitUsage;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/sample_command.h"

#include "cli/term/exit_code.h"
#include "cli/bench/sample_clips.h"
#include "cli/term/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace hevcpool::cli {
namespace {

int refuse(const std::string& message) {
  fmt::print(stderr, "hevcpool sample: {}\n", printable(message));
  return kExitFailed;
}

int make(const std::string& folder, const std::vector<SampleClip>& wanted) {
  std::string error;
  const auto pool = Pool::start({}, &error);
  if (!pool) return refuse(error);
  const auto clips = make_samples(*pool, folder, wanted);
  if (!clips) return refuse(clips.error().message);
  const auto finished = finish_samples(*clips);
  if (!finished) return refuse(finished.error().message);
  for (const MadeClip& clip : *clips) fmt::print("{}{}\n", clip.path, clip.job ? "" : " (was there)");
  return kExitDone;
}

}  // namespace

int sample_command(int argc, const char* const* argv) {
  std::string folder;
  unsigned count = 8;
  bool is_short = false;
  CLI::App app("Makes short test clips.", "hevcpool sample");
  app.add_option("FOLDER", folder, "Folder for the clips; files that exist there are kept")->required();
  app.add_option("--count", count, "How many; default 8")->check(CLI::Range(1U, 1000U));
  app.add_flag("--short", is_short, "At most two seconds each, and small");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "hevcpool sample: {}\n", printable(error.what()));
    return kExitUsage;
  }
  return make(folder, is_short ? short_samples(count) : mixed_samples(count));
}

}  // namespace hevcpool::cli

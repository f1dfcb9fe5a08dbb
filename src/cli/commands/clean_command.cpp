// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/clean_command.h"

#include "cli/term/exit_code.h"
#include "cli/term/output.h"
#include "cli/term/text.h"

#include <hevcpool/clean.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>


namespace hevcpool::cli {
namespace {

struct Options {
  std::vector<std::string> folders;
  bool dry_run = false;
  bool quiet = false;
};

std::string line_of(const Leftover& leftover, bool dry_run) {
  const std::string what = leftover.output.empty() ? leftover.folder : leftover.output + " in " + leftover.folder;
  const char* verdict = !leftover.problem.empty() ? "cannot remove" : dry_run ? "would remove" : "removed";
  return fmt::format("{}: {} ({} segments, {}){}\n", verdict, printable(what), leftover.segments,
                     bytes_text(leftover.bytes), leftover.problem.empty() ? "" : ": " + leftover.problem);
}

int clean_all(const Options& options) {
  Output out(STDOUT_FILENO);
  Output err(STDERR_FILENO);
  bool failed = false;
  for (const std::string& folder : options.folders)
    for (const Leftover& leftover : clean(folder, options.dry_run)) {
      failed |= !leftover.problem.empty();
      if (!leftover.problem.empty()) err.write(line_of(leftover, options.dry_run));
      else if (!options.quiet) out.write(line_of(leftover, options.dry_run));
    }
  out.drain(30);
  err.drain(1);
  return failed ? kExitFailed : kExitDone;
}

}  // namespace

int clean_command(int argc, const char* const* argv) {
  CLI::App app("Removes what runs that crashed or were cancelled kept for going on (.hevcpool beside the outputs).\n"
               "What a running hevcpool works on is left alone.", "hevcpool clean");
  Options options;
  app.add_option("FOLDER", options.folders, "Folder of the outputs; its subfolders are searched, too")
      ->required()->check(CLI::ExistingDirectory);
  app.add_flag("--dry-run", options.dry_run, "Print what would be removed, and remove nothing");
  app.add_flag("--quiet", options.quiet, "Print only what cannot be removed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return clean_all(options);
}

}  // namespace hevcpool::cli

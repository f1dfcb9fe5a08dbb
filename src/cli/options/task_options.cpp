// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/task_options.h"

#include "cli/term/exit_code.h"
#include "cli/options/inputs_option.h"
#include "cli/options/option_kinds.h"
#include "cli/term/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

bool single_file(const TaskOptions& options) {
  return options.inputs.size() == 1 && !options.inputs[0].starts_with('@') && !fs::is_directory(options.inputs[0]);
}

// "tree/a.mp4" in the folder, with the extension asked for.
std::string in_folder(const std::string& folder, const plan::Input& input, const std::string& extension) {
  fs::path out = fs::path(folder) / input.relative;
  if (!extension.empty()) out.replace_extension(extension);
  return out.native();
}

}  // namespace

CLI::Option* add_time(CLI::App& app, const std::string& name, double& target, const std::string& help) {
  return app.add_option(name, [&target, name](const CLI::results_t& results) {
    const Expected<double> value = parse_time(results.back());
    if (!value) throw CLI::ValidationError(name, value.error().message);
    target = *value;
    return true;
  }, help)->type_name("TIME");
}

void add_task_options(CLI::App& app, TaskOptions& options, bool with_output) {
  app.option_defaults()->take_last()->group("Files");
  if (with_output) {
    app.add_option("-o,--output", options.output, "A file for one input, else a folder that mirrors the tree")
        ->type_name("PATH");
    app.add_flag_callback("--overwrite", [&options] { options.overwrite = Overwrite::always; },
                          "Write outputs again that exist already; without this they are skipped");
  }
  app.option_defaults()->group("Running");
  add_parsed(app, "-j,--workers", options.workers, parse_workers, "Jobs at once; default: one per usable CPU")
      ->type_name("N|auto");
  add_seconds(app, "--timeout", options.limits.timeout, "Fail a file that takes longer than SECONDS");
  add_seconds(app, "--stall-timeout", options.limits.stall_timeout, "Fail a file that makes no progress for SECONDS");
  app.add_option("--retries", options.limits.retries, "Retries after a worker crashed; default 1")
      ->check(CLI::Range(0, 100));
  add_scheduling_options(app, "worker", options.nice, options.idle, options.pin);
  app.add_flag_callback("--no-sandbox", [&options] { options.sandbox = false; },
                        "Run the workers unconfined; only for files that you trust");
  app.add_flag("--require-sandbox", options.require_sandbox, "Refuse to start if the workers cannot be confined fully")
      ->excludes("--no-sandbox");
  app.add_flag("--fresh-workers", options.fresh_workers,
               "Use a new process for every file, so that a compromised worker sees only one file");
  app.option_defaults()->group("Reports");
  app.add_option("--joblog", options.joblog, "A line per job, tab-separated")->type_name("FILE");
  app.add_option("--succeeded", options.succeeded, "List of the sources that were done, usable as @FILE")->type_name("FILE");
  app.add_option("--failed", options.failed, "List of the sources that failed, usable as @FILE")->type_name("FILE");
  app.add_flag("--json", options.json, "One JSON object per line on standard output");
  app.add_flag("--quiet", options.quiet, "Print failures only");
  add_inputs(app, options.inputs);
}

std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    parse_literally(app, argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::fputs(app.help().c_str(), stdout) < 0 ? kExitFailed : kExitDone;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), printable(error.what()).c_str());
    return kExitUsage;
  }
  return std::nullopt;
}

Expected<std::vector<TaskInput>> expand_task_inputs(const TaskOptions& options, const std::string& extension,
                                                    const std::function<bool(std::string_view)>& accepts) {
  plan::ExpandOptions expand{.skip_folder = {}, .accepts = accepts, .skip_made = options.skip_made};
  if (!options.output.empty()) expand.skip_folder = plan::identify(options.output);
  HEVCPOOL_ASSIGN(const auto found, plan::expand_inputs(options.inputs, expand));
  const bool to_file = single_file(options) && !options.output.empty() && !options.output.ends_with('/') &&
                       !fs::is_directory(options.output);
  if (!to_file && !options.output.empty() && fs::exists(options.output) && !fs::is_directory(options.output))
    return fail("usage", "bad_output", "'" + options.output + "' is no folder, and there are several inputs");
  std::vector<TaskInput> out;
  for (const plan::Input& input : found) {
    TaskInput each{.path = input.path, .output = {}, .problem = input.problem, .named = input.named};
    if (to_file) each.output = options.output;
    else if (!options.output.empty()) each.output = in_folder(options.output, input, extension);
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace hevcpool::cli

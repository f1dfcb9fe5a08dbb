// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_command.h"

#include "base/cpus.h"
#include "cli/bench/bench_memory.h"
#include "cli/bench/bench_page.h"
#include "cli/bench/bench_scenarios.h"
#include "cli/bench/bench_simulate.h"
#include "cli/bench/bench_small.h"
#include "cli/term/exit_code.h"
#include "cli/term/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  BenchSettings settings;
  unsigned rounds = 3;
  std::vector<std::string> scenarios = {"mixed"};
  std::vector<std::string> files;
  std::vector<std::string> peers;
  std::string json, page, folder;
  bool limit = true;
  bool noop = true;
  bool simulate = false;
  bool memory = false;
};

void say(const std::string& text) {
  if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r\x1b[K{}", text);
}

// A folder that is removed at the end, unless the user named it.
class WorkFolder {
 public:
  explicit WorkFolder(std::string named) : path_(std::move(named)), temporary_(path_.empty()) {
    if (!temporary_) return;
    std::string name = (fs::temp_directory_path() / "hevcpool-bench-XXXXXX").native();
    if (::mkdtemp(name.data())) path_ = name;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(temporary_ && !path_.empty() ? path_ : path_ + "/out", ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool temporary_;
};

Expected<std::vector<std::string>> make_inputs(const Scenario& scenario, const std::string& folder) {
  std::string error;
  const auto pool = Pool::start({}, &error);
  if (!pool) return fail("bench", "pool", error);
  HEVCPOOL_ASSIGN(const auto made, make_samples(*pool, folder, scenario.clips));
  HEVCPOOL_CHECK(finish_samples(made));
  std::vector<std::string> inputs;
  for (unsigned copy = 0; copy < scenario.copies; ++copy)
    for (const MadeClip& clip : made) {
      const std::string name = copy == 0 ? clip.path : clip.path + fmt::format(".{}.mp4", copy);
      std::error_code ignored;
      if (copy > 0) fs::copy_file(clip.path, name, ignored);
      inputs.push_back(name);
    }
  return inputs;
}

Expected<BatchFigures> run(const Options& options, BatchPlan plan) {
  plan.rounds = options.rounds;
  plan.measure_limit = options.limit;
  plan.peers = options.peers;
  plan.say = say;
  std::error_code ignored;
  fs::create_directories(plan.folder, ignored);
  auto figures = run_batch(plan, options.settings);
  say("");
  if (figures) fmt::print("{}\n", bench_table(*figures));
  std::fflush(stdout);
  return figures;
}

bool is_small(const std::string& scenario) {
  const auto names = small_scenario_names();
  return std::ranges::find(names, scenario) != names.end();
}

// Metadata, thumbnails and so on. Takes their names away from the list.
Expected<void> run_small_ones(Options& options, const std::string& folder, BenchFindings& findings) {
  for (const std::string& name : options.scenarios) {
    if (!is_small(name)) continue;
    OutputPlan plan{name, options.files, folder + "/" + name, options.rounds, options.settings.cores, say};
    std::error_code ignored;
    fs::create_directories(plan.folder, ignored);
    HEVCPOOL_ASSIGN(auto figures, run_small(plan));
    say("");
    fmt::print("{}\n", small_table(figures));
    std::fflush(stdout);
    findings.small.push_back(std::move(figures));
  }
  if (std::erase_if(options.scenarios, is_small) > 0) options.files.clear();
  return {};
}

Expected<BenchFindings> run_all(Options options, const std::string& folder) {
  BenchFindings findings{options.settings, options.rounds, {}, {}, {}};
  fmt::print("{} cores, preset {}, CRF {:g}, medians of {} rounds\n\n", options.settings.cores,
             options.settings.preset, options.settings.crf, options.rounds);
  const bool small_only = std::ranges::all_of(options.scenarios, is_small);
  HEVCPOOL_CHECK(run_small_ones(options, folder, findings));
  if (small_only) return findings;
  if (options.noop) {
    say("jobs that do nothing");
    HEVCPOOL_ASSIGN(findings.noop, measure_noop(20000));
    say("");
    fmt::print("{}\n", noop_table(*findings.noop));
  }
  if (!options.files.empty()) {
    HEVCPOOL_ASSIGN(auto figures, run(options, {"given", "the files given", options.files, 0, folder, 0, true, {}, {}}));
    findings.batches.push_back(std::move(figures));
    return findings;
  }
  for (const Scenario& scenario : scenarios(options.scenarios)) {
    say("making the clips of " + scenario.name);
    const std::string place = folder + "/" + scenario.name;
    HEVCPOOL_ASSIGN(auto inputs, make_inputs(scenario, place + "/in"));
    HEVCPOOL_ASSIGN(auto figures, run(options, {scenario.name, scenario.about, std::move(inputs), scenario.clips.size(),
                                                place, 0, true, {}, {}}));
    findings.batches.push_back(std::move(figures));
  }
  return findings;
}

bool write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  FILE* file = std::fopen(path.c_str(), "we");
  const bool written = file && std::fputs(text.c_str(), file) >= 0;
  if (file && std::fclose(file) == 0 && written) return true;
  fmt::print(stderr, "hevcpool bench: cannot write '{}'\n", printable(path));
  return false;
}

int finish(const Expected<BenchFindings>& findings, const Options& options) {
  if (!findings) {
    fmt::print(stderr, "\nhevcpool bench: {}\n", printable(findings.error().message));
    return kExitFailed;
  }
  const bool json = options.json.empty() || write_file(options.json, bench_json(*findings));
  const bool page = options.page.empty() || write_file(options.page, bench_page(*findings));
  return json && page ? kExitDone : kExitFailed;
}

int show_memory(const std::string& folder) {
  const auto rows = measure_memory(folder);
  if (!rows) {
    fmt::print(stderr, "hevcpool bench: {}\n", printable(rows.error().message));
    return kExitFailed;
  }
  return std::fputs(memory_table(*rows).c_str(), stdout) < 0 ? kExitFailed : kExitDone;
}

std::vector<std::string> scenario_words() {
  auto words = scenario_names();
  words.emplace_back("all");
  for (std::string& name : small_scenario_names()) words.push_back(std::move(name));
  return words;
}

std::vector<std::string> peer_names() {
  auto words = peer_words();
  words.emplace_back("none");
  return words;
}

void add_options(CLI::App& app, Options& options) {
  options.settings.cores = usable_cpus();
  app.add_option("FILE", options.files, "Files to convert instead of generated clips");
  app.add_option("--scenario", options.scenarios, "mixed (default), long, last, many, or all of these; probe, thumbnails, images, audio; "
                 "several with commas")
      ->delimiter(',')->check(CLI::IsMember(scenario_words()));
  app.add_option("--rounds", options.rounds, "Rounds of each measurement; default 3")->check(CLI::Range(1U, 1000U));
  app.add_option("--preset", options.settings.preset, "x265 preset; default medium");
  app.add_option("--crf", options.settings.crf, "Constant quality; default 28")->check(CLI::Range(0.0, 51.0));
  app.add_option("--peers", options.peers, "Programs to compare with: ffmpeg, python, xargs, handbrake, or none")
      ->delimiter(',')->check(CLI::IsMember(peer_names()));
  app.add_option("--json", options.json, "Write everything measured to this file");
  app.add_option("--html", options.page, "Write an HTML page with charts to this file");
  app.add_option("--folder", options.folder, "Keep the clips here for the next time; default: a temporary folder");
  app.add_flag("--memory", options.memory, "Only measure the memory of one encoder, beside the planner's estimate");
  app.add_flag("--simulate", options.simulate,
               "Only simulate the planner on 2 to 128 cores, with recorded costs");
  app.add_flag("!--no-limit", options.limit, "Do not measure the lower limit (the work alone)");
  app.add_flag("!--no-noop", options.noop, "Do not measure jobs that do nothing");
}

}  // namespace

int bench_command(int argc, const char* const* argv) {
  Options options;
  CLI::App app("Compares the speed of this program and others on this machine, in one run.", "hevcpool bench");
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  if (options.simulate) return std::fputs(simulation_tables().c_str(), stdout) < 0 ? kExitFailed : kExitDone;
  const WorkFolder folder(options.folder);
  if (options.memory) return show_memory(folder.path());
  return finish(run_all(options, folder.path()), options);
}

}  // namespace hevcpool::cli

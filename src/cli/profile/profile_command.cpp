// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_command.h"

#include "cli/term/exit_code.h"
#include "cli/profile/profile_options.h"
#include "cli/profile/profile_results.h"
#include "cli/profile/profile_run.h"
#include "cli/profile/profile_sweep.h"
#include "cli/term/text.h"
#include "profile/counters.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {


class ProfileCommand {
 public:
  explicit ProfileCommand(ProfileArguments arguments) : arguments_(std::move(arguments)) {}

  int run() {
    const int code = arguments_.inputs.front().ends_with(".json") ? compare() : encode();
    out_.drain(kDrainSeconds);
    err_.drain(1);
    return code;
  }

 private:
  int compare() {
    std::vector<nlohmann::json> runs;
    for (const std::string& path : arguments_.inputs) {
      auto loaded = load_runs(path);
      if (!loaded) return refuse(loaded.error().message);
      std::ranges::move(*loaded, std::back_inserter(runs));
    }
    return publish(runs);
  }

  // Signals and descriptors before the fork, the fork before any thread.
  int encode() {
    auto sweep = parse_sweeps(arguments_.sweeps, arguments_.encode);
    if (!sweep) return refuse(sweep.error().message);
    auto folder = ThrowawayFolder::create();
    if (!folder) return fail_with(folder.error());
    auto signals = Signals::create();
    if (!signals) return refuse(signals.error().message);
    std::string error;
    const auto pool = Pool::start(pool_options(*sweep), &error);
    if (!pool) return fail_with(Error{"pool", "pool", error});
    if (sweep->size() > 1) take_sample(*pool, *sweep);
    const int code = run_all({*pool, *signals, out_, err_}, *sweep, folder->path());
    pool->shutdown(Pool::Shutdown::cancel);
    return code;
  }

  // The worker opens the processor's counters before the sandbox forbids it.
  // An encoder of several threads takes the places of as many workers, which stay idle.
  PoolOptions pool_options(const std::vector<SweepRun>& sweep) const {
    PoolOptions options;
    options.workers = 1;
    for (const SweepRun& run : sweep) options.workers = std::max(options.workers, run.encode.options.threads);
    options.sandbox = arguments_.sandbox;
    if (arguments_.measures && arguments_.encode.measure.counters)
      options.worker_start = [] { profile::open_hardware_events(); };
    return options;
  }

  // What cannot be inspected says so when it is encoded.
  void take_sample(Pool& pool, std::vector<SweepRun>& sweep) {
    constexpr Seconds kPatience{10};
    DryRun look{sweep.front().encode};
    look.encode.input = arguments_.inputs.front();
    const auto looked = pool.submit(look).result(kPatience);
    auto plan = looked && looked->ok() ? nlohmann::json::parse(looked->body, nullptr, false) : nlohmann::json();
    const double source = plan.is_object() && plan["duration"].is_number() ? plan["duration"].get<double>() : 0;
    bool chosen = false;
    for (SweepRun& run : sweep) chosen = choose_sample(source, run.encode.options);
    const EncodeOptions& options = sweep.front().encode.options;
    if (chosen)
      err_.write(fmt::format("a sample: {:g} s from {:g} s on; --start and --duration choose another\n", options.duration,
                             options.start));
  }

  int run_all(const ProfileParts& parts, const std::vector<SweepRun>& sweep, const std::string& folder) {
    std::vector<nlohmann::json> documents;
    for (std::size_t n = 0; n < sweep.size(); ++n) {
      Encode encode = sweep[n].encode;
      encode.input = arguments_.inputs.front();
      encode.output = arguments_.output;
      if (encode.output.empty()) encode.output_stem = folder + "/" + std::to_string(n);
      if (sweep.size() > 1) err_.write(fmt::format("[{}/{}] {}\n", n + 1, sweep.size(), printable(sweep[n].label)));
      ProfiledRun run = run_profiled(parts, encode);
      if (run.exit_code != kExitDone) return run.exit_code;
      if (!arguments_.measures) return only_time(run);
      auto document = document_of(run, encode, sweep[n].label.empty() ? arguments_.label : sweep[n].label);
      if (!document) return fail_with(document.error());
      last_ = std::move(run);
      documents.push_back(std::move(*document));
    }
    return publish(documents);
  }

  int only_time(const ProfiledRun& run) {
    out_.write(fmt::format("wall {:.4f} s, CPU {:.4f} s\n", run.seconds, run.cpu));
    return kExitDone;
  }

  int publish(const std::vector<nlohmann::json>& runs) {
    out_.write(text_of(runs, !arguments_.sweeps.empty()));
    if (auto written = write_results(arguments_, runs, last_); !written) return fail_with(written.error());
    return kExitDone;
  }

  int refuse(const std::string& message) {
    err_.write(fmt::format("hevcpool profile: {}\n", printable(message)));
    return kExitUsage;
  }
  int fail_with(const Error& error) {
    err_.write(fmt::format("hevcpool profile: {}\n", printable(error.message)));
    return kExitFailed;
  }

  ProfileArguments arguments_;
  ProfiledRun last_;
  Output out_{STDOUT_FILENO};
  Output err_{STDERR_FILENO};
};

}  // namespace

int profile_command(int argc, const char* const* argv) {
  auto parsed = parse_profile(argc, argv);
  if (const auto* away = std::get_if<ParseExit>(&parsed)) return say(*away);
  return ProfileCommand(std::get<ProfileArguments>(std::move(parsed))).run();
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_run.h"

#include "base/clock.h"
#include "cli/run/batch_run.h"
#include "cli/term/exit_code.h"
#include "cli/term/text.h"
#include "cli/term/version.h"
#include "profile/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

class Collector final : public BatchObserver {
 public:
  explicit Collector(ProfiledRun& run) : run_(run) {}
  void begin(unsigned, double now) override { run_.begin = now; }
  void added(std::size_t, const std::string&) override {}
  void planned(std::size_t, const EncodePlan& plan) override { run_.duration = plan.duration; }
  void step(std::size_t, const EncodeStep& step) override {
    run_.steps.push_back(step);
    run_.steps.back().measured.clear();
    if (step.kind != StepKind::encode || !step.ok) return;
    run_.measured = step.measured;
    run_.seconds = step.usage.wall_seconds;
    run_.cpu = step.usage.user_seconds + step.usage.system_seconds;
  }
  void waiting(std::size_t, double) override {}
  void finished(std::size_t, const Outcome& outcome, double now) override {
    run_.bytes_in = outcome.bytes_in;
    run_.bytes_out = outcome.bytes_out;
    run_.whole = now - run_.begin;
    skipped_ = outcome.status == Status::skipped ? outcome.reason : "";
  }
  void end(double) override {}
  const std::string& skipped() const { return skipped_; }

 private:
  ProfiledRun& run_;
  std::string skipped_;
};

int exit_code_of(const BatchRun& batch) {
  if (const auto signal = batch.stopped_by()) return kExitSignal + *signal;
  return batch.counts().ok == 1 ? kExitDone : kExitFailed;
}

std::map<std::string, std::string> settings_of(const EncodeOptions& options) {
  std::map<std::string, std::string> settings = {{"preset", options.preset},
                                                 {"threads", std::to_string(options.threads)}};
  if (options.bitrate > 0) settings["bitrate"] = std::to_string(options.bitrate);
  else settings["crf"] = options.lossless ? "lossless" : fmt::format("{}", options.crf.value_or(28));
  if (options.two_pass) settings["passes"] = "2";
  if (!options.tune.empty()) settings["tune"] = options.tune;
  if (!options.x265_params.empty()) settings["x265"] = options.x265_params;
  if (!options.vf.empty()) settings["vf"] = options.vf;
  if (options.start > 0) settings["start"] = fmt::format("{:g} s", options.start);
  if (options.duration > 0) settings["duration"] = fmt::format("{:g} s", options.duration);
  if (!options.scale.empty()) settings["scale"] = options.scale;
  return settings;
}

}  // namespace

std::string settings_label(const EncodeOptions& options) {
  std::string label = options.preset;
  if (options.bitrate > 0) label += fmt::format(" {} kb/s", options.bitrate / 1000);
  else label += options.lossless ? " lossless" : fmt::format(" crf {}", options.crf.value_or(28));
  if (options.two_pass) label += " two-pass";
  if (options.threads > 1) label += fmt::format(" {} threads", options.threads);
  return label;
}

ProfiledRun run_profiled(const ProfileParts& parts, const Encode& encode) {
  ProfiledRun run;
  Collector collector(run);
  JobFiles files;
  const ReportStyle style{.json = false, .quiet = true, .verbose = false};
  const std::vector<plan::PlannedJob> jobs = {{encode, std::nullopt}};
  auto batch = BatchRun::create({parts.pool, parts.signals, files, parts.out, parts.err, style, {&collector}}, jobs);
  if (!batch) {
    parts.err.write(fmt::format("hevcpool profile: {}\n", printable(batch.error().message)));
    run.exit_code = kExitFailed;
    return run;
  }
  (*batch)->run();
  if ((*batch)->stopped_by()) parts.pool.shutdown(Pool::Shutdown::cancel);
  (*batch)->finish();
  run.exit_code = exit_code_of(**batch);
  if (!collector.skipped().empty())
    parts.err.write(fmt::format("hevcpool profile: nothing was encoded: {}\n", printable(collector.skipped())));
  return run;
}

Expected<nlohmann::json> document_of(const ProfiledRun& run, const Encode& encode, const std::string& label) {
  profile::RunFacts facts;
  facts.version = version_text();
  facts.label = printable(label.empty() ? settings_label(encode.options) : label);
  facts.input = printable(std::filesystem::path(encode.input).filename().native());
  facts.settings = settings_of(encode.options);
  facts.cpu = run.cpu;
  const double rest = run.duration - encode.options.start;
  facts.seconds = encode.options.duration > 0 ? std::min(encode.options.duration, rest) : rest;
  facts.bytes_in = run.bytes_in, facts.bytes_out = run.bytes_out;
  facts.whole = run.whole;
  for (const EncodeStep& step : run.steps)
    facts.steps.push_back({std::string(to_string(step.kind)), step.worker, step.begin - run.begin, step.end - run.begin});
  return profile::compose_run(facts, run.measured);
}

Expected<ThrowawayFolder> ThrowawayFolder::create() {
  const char* root = std::getenv("TMPDIR");
  std::string path = std::string(root != nullptr && *root != '\0' ? root : "/tmp") + "/hevcpool-profile-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return fail_errno("profile", "making a temporary folder", errno);
  return ThrowawayFolder(std::move(path));
}

ThrowawayFolder::~ThrowawayFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace hevcpool::cli

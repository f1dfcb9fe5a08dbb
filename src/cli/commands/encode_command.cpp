// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands/encode_command.h"

#include "base/cpus.h"
#include "cli/run/batch_run.h"
#include "cli/run/dry_run.h"
#include "cli/options/encode_options.h"
#include "cli/term/exit_code.h"
#include "cli/report/report_observer.h"
#include "cli/term/text.h"
#include "cli/report/trace_observer.h"
#include "cli/term/version.h"
#include "plan/paths/inputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace hevcpool::cli {
namespace {


class EncodeCommand {
 public:
  explicit EncodeCommand(EncodeArguments arguments)
      : arguments_(std::move(arguments)),
        style_{arguments_.json, arguments_.quiet, arguments_.verbose} {}

  int run() {
    const int code = steps();
    const bool is_result = style_.json || arguments_.request.dry_run;  // lines about what goes on may be cut off
    if (is_result) return finish_outputs("hevcpool encode", out_, err_, code);
    out_.drain(kDrainSeconds);
    err_.drain(1);
    return code;
  }

 private:
  // Signals and descriptors before the fork, the fork before any thread.
  int steps() {
    if (!arguments_.trace.empty()) arguments_.request.settings.measure = measure_for_trace(workers_wanted());
    std::vector<std::string> messages;
    auto jobs = plan::plan_jobs(arguments_.request, &messages);
    if (!jobs) return refuse(jobs.error().message);
    if (!arguments_.quiet) say(messages);
    auto files = create_files(*jobs);
    if (!files) return refuse(files.error().message);
    if (auto made = create_observers(); !made) return refuse(made.error().message);
    auto signals = Signals::create();
    if (!signals) return refuse(signals.error().message);
    auto pool = start_pool(jobs->size());
    if (!pool) return kExitFailed;
    if (arguments_.verbose) say_versions(*pool);
    if (jobs->empty()) err_.write("hevcpool encode: no videos found\n");
    if (arguments_.request.dry_run) return dry_run(*pool, *signals, *jobs, style_, out_);
    return encode_all(*pool, *signals, *files, *jobs);
  }

  int encode_all(Pool& pool, Signals& signals, JobFiles& files, const std::vector<plan::PlannedJob>& jobs) {
    auto batch = BatchRun::create({pool, signals, files, out_, err_, style_, observers()}, jobs);
    if (!batch) return refuse(batch.error().message);
    (*batch)->run();
    pool.shutdown(Pool::Shutdown::cancel);
    (*batch)->finish();
    if (trace_) say_unwritten(trace_->written());
    if (report_) say_unwritten(report_->written());
    const auto stopped_by = (*batch)->stopped_by();
    if (const std::string trouble = finish_lists(files, stopped_by.has_value()); !trouble.empty())
      err_.write("hevcpool encode: " + trouble + "\n");
    if (stopped_by) return kExitSignal + *stopped_by;
    return (*batch)->counts().failed > 0 ? kExitFailed : kExitDone;
  }

  Expected<JobFiles> create_files(const std::vector<plan::PlannedJob>& jobs) {
    if (arguments_.request.dry_run) return JobFiles{};
    std::vector<std::string> sources;
    for (const plan::PlannedJob& job : jobs) sources.push_back(job.encode.input);
    return JobFiles::create({.log = arguments_.joblog, .succeeded = arguments_.succeeded, .failed = arguments_.failed,
                             .others = {arguments_.trace, arguments_.report}},
                            {.sources = std::move(sources), .lists = plan::lists_among(arguments_.request.inputs)});
  }

  Expected<void> create_observers() {
    if (arguments_.request.dry_run) return {};
    if (!arguments_.trace.empty()) {
      HEVCPOOL_ASSIGN(trace_, TraceObserver::create(arguments_.trace));
    }
    if (!arguments_.report.empty()) {
      HEVCPOOL_ASSIGN(report_, ReportObserver::create(arguments_.report));
    }
    return {};
  }

  std::vector<BatchObserver*> observers() const {
    std::vector<BatchObserver*> all;
    if (trace_) all.push_back(trace_.get());
    if (report_) all.push_back(report_.get());
    return all;
  }

  void say_unwritten(const Expected<void>& written) {
    if (!written) err_.write(fmt::format("hevcpool: {}\n", printable(written.error().message)));
  }

  unsigned workers_wanted() const { return arguments_.workers > 0 ? arguments_.workers : usable_cpus(); }

  // One film alone is cut, or gets several threads. Where neither is allowed, more workers than jobs would only cost
  // their start.
  bool shares_one_film() const {
    const Encode& encode = arguments_.request.settings;
    return encode.split >= 0 || (encode.add_threads && arguments_.pin != Pin::cpu) || encode.options.threads > 1;
  }

  // Encoders that were given several threads each may keep more CPUs busy than there are workers, but no more than
  // there are.
  unsigned threads_at_once() {
    const unsigned each = arguments_.request.settings.options.threads, cpus = usable_cpus(), workers = workers_wanted();
    const unsigned most = std::max(cpus, workers);
    if (each > most) err_.write(fmt::format("hevcpool: --threads {}: an encoder gets {}, for so many CPUs\n", each, most));
    return each > 1 ? std::min(workers * each, most) : 0;
  }

  std::unique_ptr<Pool> start_pool(std::size_t jobs) {
    const unsigned wanted = workers_wanted();
    PoolOptions options;
    options.workers = wanted;
    if (!shares_one_film()) options.workers = static_cast<unsigned>(std::clamp<std::size_t>(jobs, 1, wanted));
    options.threads = threads_at_once();
    options.order = Order::longest_first;
    options.nice = arguments_.nice;
    options.idle = arguments_.idle;
    options.pin = arguments_.pin;
    options.sandbox = arguments_.sandbox;
    options.require_sandbox = arguments_.require_sandbox;
    options.jobs_per_worker = arguments_.fresh_workers ? 1 : 0;
    options.worker_memory = arguments_.worker_memory << 20;
    if (!arguments_.sandbox) err_.write("hevcpool: WARNING: --no-sandbox: the workers are not confined\n");
    std::string error;
    auto pool = Pool::start(std::move(options), &error);
    if (!pool) err_.write(fmt::format("hevcpool encode: the pool did not start: {}\n", error));
    return pool;
  }

  void say_versions(const Pool& pool) {
    const SandboxReport report = pool.sandbox();
    err_.write(fmt::format("{}\n{} workers, confined by: {}\n", version_text(), pool.workers(),
                           report.layers.empty() ? "nothing" : report.summary()));
  }

  void say(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) err_.write(fmt::format("hevcpool encode: {}\n", printable(message)));
  }

  int refuse(const std::string& message) {
    err_.write(fmt::format("hevcpool encode: {}\n", printable(message)));
    return kExitUsage;
  }

  EncodeArguments arguments_;
  std::unique_ptr<TraceObserver> trace_;
  std::unique_ptr<ReportObserver> report_;
  ReportStyle style_;
  Output out_{STDOUT_FILENO};
  Output err_{STDERR_FILENO};
};

}  // namespace

int encode_command(int argc, const char* const* argv) {
  auto parsed = parse_encode(argc, argv);
  if (const auto* away = std::get_if<ParseExit>(&parsed)) return say(*away);
  return EncodeCommand(std::get<EncodeArguments>(std::move(parsed))).run();
}

}  // namespace hevcpool::cli

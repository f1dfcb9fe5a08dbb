// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker.h"

#include "base/crash_context.h"
#include "ipc/body.h"
#include "ipc/inbox.h"
#include "pool/chunk.h"
#include "pool/process.h"
#include "pool/scratch.h"
#include "pool/signals.h"
#include "pool/worker_context.h"
#include "pool/worker_log.h"

#include <cxxabi.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <typeinfo>
#include <utility>

namespace hevcpool::pool {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> stop_requested{false};  // set by TERM and by nothing else
static_assert(std::atomic<bool>::is_always_lock_free);

void on_term(int) { stop_requested.store(true, std::memory_order_relaxed); }

// Without SA_RESTART: a task that waits in a system call learns at once that it should stop.
void catch_term() {
  struct sigaction action{};
  action.sa_handler = on_term;
  ::sigaction(SIGTERM, &action, nullptr);
}

std::string error_json(const TaskError& error) {
  const nlohmann::json object{
      {"stage", error.stage}, {"code", error.code}, {"message", error.message}, {"log", error.log}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free);
  return name ? name.get() : type.name();
}

struct Done {
  ipc::Outcome outcome = ipc::Outcome::ok;
  std::string text;
};

Done exception_result(std::string code, std::string message) {
  return {ipc::Outcome::exception, error_json({"", std::move(code), std::move(message), log_tail(STDERR_FILENO)})};
}

Done run_task(const Task& task, TaskContext& context) {
  try {
    TaskResult result = task(context);
    if (auto* text = std::get_if<std::string>(&result)) return {ipc::Outcome::ok, std::move(*text)};
    TaskError& error = std::get<TaskError>(result);
    if (error.log.empty()) error.log = log_tail(STDERR_FILENO);
    return {ipc::Outcome::task_error, error_json(error)};
  } catch (const std::exception& problem) {
    return exception_result(type_name(typeid(problem)), problem.what());
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return exception_result(type ? type_name(*type) : "unknown", "something that is not a std::exception was thrown");
  }
}

// What the process has used so far, so that a job's share is a difference. Peak memory is per job where the
// kernel can reset its high-water mark; it is reset only after a job has raised it.
class Meter {
 public:
  Meter() : reset_peak_(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)) {}
  int fd() const { return reset_peak_.get(); }

  void begin_job() { start_ = Clock::now(); }

  void end_job(ipc::Header& header) {
    rusage now{};
    ::getrusage(RUSAGE_SELF, &now);
    const auto wall = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_).count();
    header.wall_us = static_cast<std::uint64_t>(wall);
    header.user_us = micros(now.ru_utime) - std::exchange(user_us_, micros(now.ru_utime));
    header.system_us = micros(now.ru_stime) - std::exchange(system_us_, micros(now.ru_stime));
    header.peak_rss_kib = static_cast<std::uint64_t>(now.ru_maxrss);
    reset_peak(now.ru_maxrss);
  }

 private:
  static std::uint64_t micros(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
  }

  void reset_peak(long peak) {
    if (peak < base_peak_ + 1024 || !reset_peak_.valid()) return;
    if (::write(reset_peak_.get(), "5", 1) != 1) return reset_peak_.reset();
    rusage now{};
    ::getrusage(RUSAGE_SELF, &now);
    base_peak_ = now.ru_maxrss;
  }

  UniqueFd reset_peak_;
  Clock::time_point start_{};
  std::uint64_t user_us_ = 0, system_us_ = 0;
  long base_peak_ = 0;  // KiB
};

class Worker {
 public:
  Worker(const WorkerConfig& config, int slot, UniqueFd channel)
      : config_(config), channel_(std::move(channel)),
        context_(channel_, scratch_folder_of(config.scratch_root, slot), slot, stop_requested), slot_(slot) {
    if (meter_.fd() >= 0) context_.keep(meter_.fd());
  }

  bool prepare();
  void run();

 private:
  bool report(ipc::Kind kind, std::string_view text);
  void run_job(ipc::Incoming& message);
  Done run_argument(const Task& task, std::string_view argument);
  Done run_chunk(const Task& task, std::string_view list);
  Done run_body(const ipc::Header& header, std::string_view body);
  void send_result(ipc::Header header, Done done);

  const WorkerConfig& config_;
  ipc::Channel channel_;
  ipc::Inbox inbox_{ipc::Route::supervisor_to_worker, 1, ipc::kMaxDescriptors + 1};
  Meter meter_;
  WorkerContext context_;
  int slot_;
};

bool Worker::report(ipc::Kind kind, std::string_view text) {
  ipc::Header header;
  header.kind = kind;
  header.worker = slot_;
  return channel_.send(ipc::outgoing(header, text.substr(0, ipc::kMaxReport)), true) == ipc::Sent::yes;
}

bool Worker::prepare() {
  try {
    if (config_.worker_start) config_.worker_start();
    if (!config_.setup) return report(ipc::Kind::ready, "null");
    const auto active = config_.setup(context_);
    if (active) return report(ipc::Kind::ready, *active);
    report(ipc::Kind::setup_failed, active.error().message);
  } catch (const std::exception& problem) {
    report(ipc::Kind::setup_failed, fmt::format("the worker's start function threw: {}", problem.what()));
  } catch (...) {
    report(ipc::Kind::setup_failed, "the worker's start function threw");
  }
  return false;
}

void Worker::run() {
  while (!stop_requested.load(std::memory_order_relaxed)) {
    const ipc::Received received = inbox_.receive(channel_.fd(), true);
    if (received == ipc::Received::closed) return;
    if (received == ipc::Received::nothing) continue;
    ipc::Incoming& message = inbox_.messages().front();
    if (!message.problem.empty() || message.header.kind == ipc::Kind::quit) return;
    run_job(message);
  }
}

Done Worker::run_argument(const Task& task, std::string_view argument) {
  context_.set_argument(argument);
  return run_task(task, context_);
}

Done Worker::run_chunk(const Task& task, std::string_view list) {
  const auto arguments = split_arguments(list);
  if (!arguments) return exception_result("protocol", "a list of arguments that is none");
  Done all;
  for (std::string_view argument : *arguments) {
    const Done one = run_argument(task, argument);
    append_result(all.text, one.outcome, one.text);
  }
  return all;
}

Done Worker::run_body(const ipc::Header& header, std::string_view body) {
  if (header.task >= config_.by_index.size()) return exception_result("protocol", "a task that is not in the table");
  const Task& task = *config_.by_index[header.task];
  return header.flags & ipc::flag::chunk ? run_chunk(task, body) : run_argument(task, body);
}

void Worker::run_job(ipc::Incoming& message) {
  empty_log(STDERR_FILENO);
  CrashContext::nothing();
  meter_.begin_job();
  std::string large;
  Done done;
  if (message.header.flags & ipc::flag::body_in_memfd) {
    const UniqueFd file = message.descriptors.take_last();
    auto text = ipc::read_body(file.get(), message.header.body_size);
    if (text) large = std::move(*text);
    else done = exception_result("protocol", text.error().message);
  }
  context_.begin_job(message.header.job, message.descriptors.span());
  const std::string_view body = message.header.flags & ipc::flag::body_in_memfd ? large : message.body;
  if (done.text.empty()) done = run_body(message.header, body);
  message.descriptors.clear();  // before the result: who has that may rely on them being closed here
  context_.end_job();

  ipc::Header header;
  header.job = message.header.job;
  header.flags = message.header.flags & ipc::flag::chunk;
  meter_.end_job(header);
  send_result(header, std::move(done));
}

void Worker::send_result(ipc::Header header, Done done) {
  header.kind = ipc::Kind::result;
  header.worker = slot_;
  UniqueFd file;
  if (done.text.size() > ipc::kMaxInlineBody) {
    auto made = ipc::make_body(done.text);
    if (made) {
      file = std::move(*made);
      header.flags |= ipc::flag::body_in_memfd;
      header.body_size = static_cast<std::uint32_t>(done.text.size());
      done.text.clear();
    } else {
      header.flags = 0;
      done = {ipc::Outcome::task_error, error_json({"result", made.error().code, made.error().message, ""})};
    }
  }
  header.status = static_cast<std::uint16_t>(done.outcome);
  const int fd = file.get();
  channel_.send(ipc::outgoing(header, done.text, file.valid() ? std::span(&fd, 1) : std::span<const int>{}), true);
}

}  // namespace

void run_worker(const WorkerConfig& config, int slot, UniqueFd channel, int log, int null, pid_t supervisor) {
  ::setpgid(0, 0);
  reset_signals();
  ignore_signal(SIGPIPE);
  ignore_signal(SIGXFSZ);  // a file size limit is an error of the write
  catch_term();
  [[maybe_unused]] const auto crash_stack = report_crashes();  // stands as long as the worker
  discard_stdio();
  auto kept = keep_descriptors(null, log, std::move(channel));
  if (!kept || !die_with_parent(SIGKILL, supervisor)) ::_exit(1);
  name_process(fmt::format("hevcpool-w{}", slot));
  prefer_as_oom_victim();
  limit_descriptors(config.descriptor_limit);
  Worker worker(config, slot, std::move(*kept));
  if (!worker.prepare()) ::_exit(1);
  // Again, as a change of credentials during setup takes it back; where setup forbids it, the first one holds.
  if (!die_with_parent(SIGKILL, supervisor) && ::getppid() != supervisor) ::_exit(1);
  worker.run();
  ::_exit(0);
}

}  // namespace hevcpool::pool

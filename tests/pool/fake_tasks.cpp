// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/fake_tasks.h"

#include "pool/process_census.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace hevcpool::testing_support {
namespace {

using namespace std::chrono_literals;

int number(const TaskContext& context) { return std::atoi(std::string(context.argument()).c_str()); }

TaskResult wait_until_cancelled(TaskContext& context) {
  context.progress("0");
  while (!context.cancelled()) std::this_thread::sleep_for(1ms);
  return std::string("\"stopped\"");
}

TaskResult hang(TaskContext& context) {
  std::signal(SIGTERM, SIG_IGN);
  context.progress("0");
  while (true) ::pause();
}

TaskResult flood(TaskContext& context) {
  const int count = number(context);
  for (int i = 1; i <= count; ++i) context.progress(std::to_string(i));
  return std::to_string(count);
}

TaskResult tick(TaskContext& context) {
  for (int i = 1; !context.cancelled(); ++i) {
    context.progress(std::to_string(i));
    std::this_thread::sleep_for(20ms);
  }
  return std::string("null");
}

TaskResult read_descriptors(TaskContext& context) {
  std::string text;
  for (int fd : context.descriptors()) {
    char buffer[64];
    const ssize_t got = ::pread(fd, buffer, sizeof buffer, 0);
    text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0).append(";");
  }
  return text;
}

TaskResult count_descriptors(TaskContext&) {
  const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
  return std::to_string(std::distance(begin(folder), end(folder)) - 1);  // less the folder's own
}

TaskResult use_scratch(TaskContext& context) {
  std::ofstream(context.scratch_folder() + "/file") << "x";
  return context.scratch_folder();
}

TaskResult fork_and_escape(TaskContext&) {
  const pid_t child = ::fork();
  if (child != 0) return std::to_string(child);
  ::setsid();
  while (true) ::pause();
}

}  // namespace

TaskTable fake_tasks() {
  return {
      {"echo", [](TaskContext& c) -> TaskResult { return std::string(c.argument()); }},
      {"error", [](TaskContext&) -> TaskResult { return TaskError{"stage", "code", "message", "log line"}; }},
      {"throw", [](TaskContext&) -> TaskResult { throw std::runtime_error("thrown on purpose"); }},
      {"throw_int", [](TaskContext&) -> TaskResult { throw 7; }},
      {"signal",
       [](TaskContext& c) -> TaskResult {
         std::signal(number(c), SIG_DFL);
         std::raise(number(c));
         return std::string("null");
       }},
      {"exit", [](TaskContext& c) -> TaskResult { ::_exit(number(c)); }},
      {"log_and_crash",
       [](TaskContext& c) -> TaskResult {
         std::fprintf(stderr, "%s\n", std::string(c.argument()).c_str());
         std::signal(SIGABRT, SIG_DFL);
         std::abort();
       }},
      {"wait", wait_until_cancelled},
      {"hang", hang},
      {"stop_self",
       [](TaskContext&) -> TaskResult {
         ::kill(::getpid(), SIGSTOP);
         return std::string("\"continued\"");
       }},
      {"pid", [](TaskContext&) -> TaskResult { return std::to_string(::getpid()); }},
      {"progress", flood},
      {"tick", tick},
      {"big",
       [](TaskContext& c) -> TaskResult {
         return '"' + std::string(static_cast<std::size_t>(std::max(0, number(c) - 2)), 'b') + '"';
       }},
      {"read", read_descriptors},
      {"fds", count_descriptors},
      {"scratch", use_scratch},
      {"fork", fork_and_escape},
  };
}

std::unique_ptr<pool::Host> start_pool(unsigned workers, PoolOptions options, TaskTable more) {
  options.workers = workers;
  TaskTable tasks = fake_tasks();
  more.merge(tasks);
  auto host = pool::Host::start(std::move(options), std::move(more));
  if (host) return std::move(*host);
  ADD_FAILURE() << host.error().message;
  return nullptr;
}

Submission submission(std::string task, std::string argument) {
  Submission made;
  made.task = std::move(task);
  made.argument = std::move(argument);
  return made;
}

Job running(pool::Host& pool, Submission wanted) {
  const auto heard = std::make_shared<std::atomic<bool>>(false);  // the callback may outlive this call
  wanted.on_progress = [heard](std::string_view) { heard->store(true); };
  Job job = pool.submit(std::move(wanted));
  EXPECT_TRUE(eventually([&] { return heard->load(); }));
  return job;
}

Job running(pool::Host& pool, const std::string& task) { return running(pool, submission(task)); }

void use_both_workers(pool::Host& pool) {
  for (const int other : {0, 1}) {
    Submission wanted = submission("echo");
    wanted.avoid_worker = other;
    EXPECT_EQ(pool.submit(std::move(wanted)).result().worker, 1 - other);
  }
}

}  // namespace hevcpool::testing_support

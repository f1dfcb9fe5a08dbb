// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/sandbox.h"

#include "base/unique_fd.h"
#include "sandbox/environment.h"
#include "sandbox/landlock.h"
#include "sandbox/privileges.h"
#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace hevcpool::sandbox {
namespace {

// A filter binds the thread that installs it. Sanitizers keep a thread of their own that never parses anything.
Expected<void> require_one_thread() {
#ifndef HEVCPOOL_SANITIZER
  std::error_code error;
  std::size_t threads = 0;
  for (std::filesystem::directory_iterator it("/proc/self/task", error), end; !error && it != end;
       it.increment(error))
    ++threads;
  if (!error && threads > 1)
    return fail("sandbox", "threads", fmt::format("the process has {} threads, and must have one", threads));
#endif
  return {};
}

Expected<void> require_all(const Confinement& confinement) {
  for (const Layer& layer : confinement.layers)
    if (!layer.active)
      return fail("sandbox", "incomplete", fmt::format("{} is missing: {}", layer.name, layer.detail));
  return {};
}

void report_and_exit(const SandboxOptions& options, int to) {
  const auto outcome = confine(options);
  const std::string text = outcome ? outcome->json() : "!" + outcome.error().message;
  [[maybe_unused]] const auto written = ::write(to, text.data(), text.size());
  ::_exit(0);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void reap(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

// The filter comes last: it forbids the calls that install the other layers.
Expected<Confinement> confine(const SandboxOptions& options) {
  HEVCPOOL_CHECK(require_one_thread());
  Confinement confinement;
  auto& layers = confinement.layers;
  layers.push_back(scrub_environment());
  layers.push_back(limit_resources({options.open_files, options.address_space_bytes, options.cpu_seconds}));
  layers.push_back(drop_capabilities());
  layers.push_back(forbid_new_privileges());
  layers.push_back(restrict_paths({options.scratch_folder, options.read_only}));
  layers.push_back(filter_system_calls({.write_by_path = layers.back().active}));
  if (options.require) HEVCPOOL_CHECK(require_all(confinement));
  return confinement;
}

Expected<Confinement> available(const SandboxOptions& options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("sandbox", "pipe", errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("sandbox", "fork", errno);
  if (child == 0) report_and_exit(options, writer.get());
  writer.reset();
  const std::string text = read_all(reader.get());
  reap(child);
  if (text.starts_with('!')) return fail("sandbox", "incomplete", text.substr(1));
  if (text.empty()) return fail("sandbox", "probe_died", "the process that tried the sandbox died in it");
  return sandbox_report_from_json(text);
}

}  // namespace hevcpool::sandbox

namespace hevcpool {

SandboxReport probe_sandbox(std::string* error) {
  auto found = sandbox::available();
  if (found) return *std::move(found);
  if (error != nullptr) *error = found.error().message;
  return {};
}

}  // namespace hevcpool

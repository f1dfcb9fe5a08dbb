// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/job_files.h"

#include "plan/report_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>

namespace hevcpool::cli {
namespace {

Expected<UniqueFd> create_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd.valid()) return fail_errno("usage", fmt::format("cannot write '{}'", path), errno);
  return fd;
}

Expected<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("report", "write", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

// A field of a row: nothing in it may look like the end of the field, or give orders to a terminal.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\t') safe += "\\t";
    else if (c == '\n') safe += "\\n";
    else if (c == '\r') safe += "\\r";
    else if (c == '\\') safe += "\\\\";
    else if (is_control(static_cast<unsigned char>(c))) safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else safe += c;
  }
  return safe;
}

int exit_value(const Outcome& outcome) {
  return outcome.status == Status::ok || outcome.status == Status::skipped ? 0 : 1;
}

// The number of the signal that killed the worker, from the name that the pool gives ("SIGSEGV").
int signal_number(const Outcome& outcome) {
  if (!outcome.error || outcome.error->kind != Failure::crash || !outcome.error->code.starts_with("SIG")) return 0;
  for (int number = 1; number < NSIG; ++number)
    if (const char* name = ::sigabbrev_np(number); name && outcome.error->code.substr(3) == name) return number;
  return 0;
}

std::string reason_of(const Outcome& outcome) {
  return outcome.error ? failure_text(*outcome.error, outcome.attempts) : outcome.reason;
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Expected<ListFile> ListFile::create(const std::string& path) {
  HEVCPOOL_ASSIGN(UniqueFd fd, create_file(path));
  return ListFile(std::move(fd));
}

Expected<void> ListFile::add(const std::string& name) {
  names_.push_back(name);
  if (separator_ == '\n' && name.find('\n') != std::string::npos) return start_over_with_nul();
  return write_all(fd_.get(), name + separator_);
}

Expected<void> ListFile::start_over_with_nul() {
  separator_ = '\0';
  if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) < 0)
    return fail_errno("report", "rewrite", errno);
  std::string text;
  for (const std::string& name : names_) text += name + '\0';
  return write_all(fd_.get(), text);
}

const char* JobLog::header() {
  return "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t"
         "Status\tFrames\tAttempts\tInput\tOutput\tReason";
}

std::string JobLog::row(std::size_t sequence, double start, const Outcome& outcome) {
  return fmt::format("{}\t:\t{:.3f}\t{:.3f}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", sequence, start,
                     outcome.seconds, outcome.bytes_in, outcome.bytes_out, exit_value(outcome),
                     signal_number(outcome), to_string(outcome.status), outcome.frames, outcome.attempts,
                     cell(outcome.input), cell(outcome.output), cell(reason_of(outcome)));
}

Expected<JobLog> JobLog::create(const std::string& path) {
  HEVCPOOL_ASSIGN(UniqueFd fd, create_file(path));
  HEVCPOOL_CHECK(write_all(fd.get(), std::string(header()) + "\n"));
  return JobLog(std::move(fd));
}

Expected<void> JobLog::add(std::size_t sequence, const Outcome& outcome) {
  return write_all(fd_.get(), row(sequence, seconds_since_1970() - outcome.seconds, outcome) + "\n");
}

Expected<JobFiles> JobFiles::create(const std::string& log, const std::string& succeeded,
                                    const std::string& failed, const std::vector<std::string>& sources) {
  HEVCPOOL_CHECK(plan::check_report_files({log, succeeded, failed}, sources));
  JobFiles files;
  if (!log.empty()) { HEVCPOOL_ASSIGN(files.log, JobLog::create(log)); }
  if (!succeeded.empty()) { HEVCPOOL_ASSIGN(files.succeeded, ListFile::create(succeeded)); }
  if (!failed.empty()) { HEVCPOOL_ASSIGN(files.failed, ListFile::create(failed)); }
  return files;
}

Expected<void> JobFiles::add(std::size_t sequence, const Outcome& outcome) {
  if (log) HEVCPOOL_CHECK(log->add(sequence, outcome));
  if (succeeded && outcome.status == Status::ok) HEVCPOOL_CHECK(succeeded->add(outcome.input));
  if (failed && outcome.status == Status::failed) HEVCPOOL_CHECK(failed->add(outcome.input));
  return {};
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/job_files.h"

#include "plan/paths/report_files.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <chrono>
#include <string_view>

namespace hevcpool::cli {
namespace {

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

// One that takes the place of a list that is being read does so at the end.
Expected<ListFile> create_list(const std::string& name, const std::vector<std::string>& lists) {
  const bool is_read = !plan::check_report_files({name}, lists);
  return ListFile::create(name, is_read ? ListFile::Writing::at_the_end : ListFile::Writing::at_once);
}

}  // namespace

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
  HEVCPOOL_ASSIGN(UniqueFd fd, create_report(path));
  HEVCPOOL_CHECK(write_all(fd.get(), std::string(header()) + "\n"));
  return JobLog(std::move(fd));
}

Expected<void> JobLog::add(std::size_t sequence, const Outcome& outcome) {
  return write_all(fd_.get(), row(sequence, seconds_since_1970() - outcome.seconds, outcome) + "\n");
}

Expected<JobFiles> JobFiles::create(const ReportNames& names, const FilesRead& read) {
  std::vector<std::string> all{names.log, names.succeeded, names.failed};
  all.insert(all.end(), names.others.begin(), names.others.end());
  HEVCPOOL_CHECK(plan::check_report_files(all, read.sources));
  std::erase_if(all, [&](const std::string& name) { return name == names.succeeded || name == names.failed; });
  HEVCPOOL_CHECK(plan::check_report_files(all, read.lists, "a list that is being read"));
  JobFiles files;
  if (!names.log.empty()) { HEVCPOOL_ASSIGN(files.log, JobLog::create(names.log)); }
  if (!names.succeeded.empty()) { HEVCPOOL_ASSIGN(files.succeeded, create_list(names.succeeded, read.lists)); }
  if (!names.failed.empty()) { HEVCPOOL_ASSIGN(files.failed, create_list(names.failed, read.lists)); }
  return files;
}

Expected<void> JobFiles::add(std::size_t sequence, const Outcome& outcome) {
  if (log) HEVCPOOL_CHECK(log->add(sequence, outcome));
  if (succeeded && outcome.status == Status::ok) HEVCPOOL_CHECK(succeeded->add(outcome.input));
  if (failed && outcome.status == Status::failed) HEVCPOOL_CHECK(failed->add(outcome.input));
  return {};
}

Expected<void> JobFiles::finish() const {
  if (succeeded) HEVCPOOL_CHECK(succeeded->finish());
  if (failed) HEVCPOOL_CHECK(failed->finish());
  return {};
}

bool JobFiles::wait() const { return (succeeded && succeeded->waits()) || (failed && failed->waits()); }

std::string finish_lists(const JobFiles& files, bool stopped) {
  if (stopped) return files.wait() ? "the list that was read stays as it was" : "";
  const auto finished = files.finish();
  return finished ? "" : "cannot write a list: " + finished.error().message;
}

}  // namespace hevcpool::cli

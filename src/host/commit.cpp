// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/commit.h"

#include "host/attributes.h"
#include "host/files.h"
#include "plan/paths/replacement.h"

#include <unistd.h>

#include <cerrno>

namespace hevcpool::host {

namespace {

// Complete and on the disk, under no name yet.
Expected<void> settle(const CommitRequest& request, bool in_place, CommitReport& report) {
  HEVCPOOL_CHECK(check_unchanged(request.source, request.source_status));
  HEVCPOOL_ASSIGN(auto source, open_source(request.source));
  HEVCPOOL_ASSIGN(report.refused_attributes,
                  inherit_attributes(source.fd.get(), request.source_status, request.temporary.fd()));
  if (request.replace && !in_place) plan::mark_replacement(request.temporary.fd(), request.source_status);
  if (::fsync(request.temporary.fd()) != 0) return fail_errno("commit", "flushing the output", errno);
  return {};
}

bool names_the_source(const CommitRequest& request) {
  struct stat named {};
  return ::stat(request.output.c_str(), &named) == 0 && same_file(named, request.source_status);
}

Expected<void> name_output(CommitRequest& request, bool over, CommitReport& report) {
  HEVCPOOL_CHECK(make_folders(folder_of(request.output)));
  HEVCPOOL_ASSIGN(auto linked, request.temporary.link_new(request.output));
  if (linked == Temporary::Linked::name_taken) {
    if (!over) {
      report.name_taken = true;
      return {};
    }
    HEVCPOOL_CHECK(check_unchanged(request.source, request.source_status));
    HEVCPOOL_CHECK(request.temporary.link_over(request.output));
  }
  return sync_folder(folder_of(request.output));
}

// The new file is safe under another name.
Expected<void> remove_source(const std::string& source, const struct stat& status) {
  HEVCPOOL_CHECK(check_unchanged(source, status));
  if (::unlink(source.c_str()) != 0) return fail_errno("commit", "removing the source", errno);
  return sync_folder(folder_of(source));
}

}  // namespace

Expected<CommitReport> commit(CommitRequest request) {
  CommitReport report;
  bool in_place = names_the_source(request);
  if (in_place && !request.replace) return fail("commit", "same_file", "the output is the source");
  HEVCPOOL_CHECK(settle(request, in_place, report));
  HEVCPOOL_CHECK(name_output(request, in_place || (request.overwrite && !request.replace), report));
  if (request.replace && !in_place && !report.name_taken) {
    HEVCPOOL_CHECK(remove_source(request.source, request.source_status));
    plan::unmark_replacement(request.temporary.fd());
  }
  return report;
}

Expected<void> finish_replacement(const std::string& output, const std::string& source,
                                  const struct stat& source_status) {
  HEVCPOOL_CHECK(sync_folder(folder_of(output)));
  HEVCPOOL_CHECK(remove_source(source, source_status));
  plan::unmark_replacement(output);
  return {};
}

}  // namespace hevcpool::host

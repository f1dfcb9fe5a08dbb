// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/report_files.h"

#include "plan/paths/inputs.h"
#include "plan/paths/outputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>

namespace hevcpool::plan {
namespace fs = std::filesystem;
namespace {

// Devices and pipes lose nothing by being written to.
bool can_be_lost(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  return !fs::exists(status) || fs::is_regular_file(status);
}

Unexpected refusal(const std::string& report, const std::string& reason) {
  return fail("usage", "conflict", fmt::format("cannot write '{}': {}", report, reason));
}

}  // namespace

Expected<void> check_report_files(const std::vector<std::string>& reports, const std::vector<std::string>& sources,
                                  const std::string& what) {
  std::map<FileIdentity, std::string> wanted;
  std::set<std::string> places;
  for (const std::string& report : reports) {
    if (report.empty() || !can_be_lost(report)) continue;
    if (is_video_name(report)) return refusal(report, "a report is not to be named like a video");
    const auto identity = identify(report);
    const bool is_new = identity ? wanted.emplace(*identity, report).second : places.insert(place_of(report)).second;
    if (!is_new) return refusal(report, "two reports would be in one file");
  }
  if (wanted.empty()) return {};
  for (const std::string& source : sources) {
    const auto identity = identify(source);
    if (!identity) continue;
    const auto found = wanted.find(*identity);
    if (found != wanted.end()) return refusal(found->second, "it is " + what);
  }
  return {};
}

}  // namespace hevcpool::plan

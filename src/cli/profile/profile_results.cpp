// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_results.h"

#include "base/unique_fd.h"
#include "profile/flame.h"
#include "profile/page.h"
#include "profile/pareto.h"
#include "profile/pool_trace.h"
#include "profile/run.h"
#include "profile/symbols.h"
#include "profile/table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

std::vector<profile::Run> read_all(const std::vector<json>& documents) {
  std::vector<profile::Run> runs;
  for (const json& document : documents) runs.push_back(profile::read_run(document));
  return runs;
}

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Expected<void> write_trace(const std::string& path, const json& document, const ProfiledRun& run) {
  HEVCPOOL_ASSIGN(auto trace, profile::PoolTrace::create(path, run.begin));
  int workers = 1;
  for (const EncodeStep& step : run.steps) workers = std::max(workers, step.worker + 1);
  trace->begin(static_cast<unsigned>(workers));
  for (const EncodeStep& step : run.steps)
    trace->step({.name = std::string(to_string(step.kind)), .input = document["input"]["name"], .worker = step.worker, .begin = step.begin,
                 .end = step.end, .ok = step.ok, .measured = step.kind == StepKind::encode ? run.measured : ""});
  return trace->finish();
}

Expected<void> write_flame(const std::string& path, const json& document) {
  const json samples = document["task"].value("samples", json());
  const auto folded = profile::fold(samples, profile::Symbols());
  HEVCPOOL_CHECK(write_file(path.ends_with(".folded") ? path : path + ".folded", profile::folded_text(folded)));
  return path.ends_with(".folded") ? Expected<void>{}
                                   : write_file(path, profile::flame_svg(folded, document["input"]["name"]));
}

}  // namespace

std::string text_of(const std::vector<json>& documents, bool is_sweep) {
  const auto runs = read_all(documents);
  if (is_sweep) return profile::sweep_table(runs);
  return runs.size() == 1 ? profile::run_table(runs.front()) : profile::comparison_table(runs);
}

Expected<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return fail_errno("profile", path, errno);
  while (!text.empty()) {
    const ssize_t put = ::write(fd.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail_errno("profile", path, errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Expected<void> write_results(const ProfileArguments& arguments, const std::vector<json>& runs,
                             const ProfiledRun& last) {
  if (!arguments.json.empty()) HEVCPOOL_CHECK(write_file(arguments.json, dump(runs.size() == 1 ? runs[0] : json(runs))));
  if (!arguments.trace.empty()) HEVCPOOL_CHECK(write_trace(arguments.trace, runs.front(), last));
  if (!arguments.html.empty())
    HEVCPOOL_CHECK(write_file(arguments.html, profile::runs_page(runs, !arguments.sweeps.empty())));
  if (!arguments.flame.empty()) HEVCPOOL_CHECK(write_flame(arguments.flame, runs.front()));
  return {};
}

Expected<std::vector<json>> load_runs(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail_errno("profile", path, errno);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto documents = profile::parse_runs(text);
  if (!documents) return fail("profile", "no_profile", path + ": " + documents.error().message);
  return documents;
}

}  // namespace hevcpool::cli

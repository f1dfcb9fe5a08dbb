// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/request.h"

#include "plan/paths/outputs.h"
#include "plan/paths/shared_names.h"

#include <set>
#include <utility>

namespace hevcpool::plan {
namespace {

bool names_one_file(const std::vector<std::string>& inputs) {
  if (inputs.size() != 1 || inputs[0].starts_with('@')) return false;
  const auto expanded = expand_inputs(inputs, {});
  return expanded && expanded->size() == 1 && (*expanded)[0].path == inputs[0];
}

OutputRule rule_of(const Request& request) {
  OutputRule rule;
  rule.output = request.output;
  rule.single = names_one_file(request.inputs);
  rule.container = request.settings.options.container;
  rule.replace = request.settings.replace;
  return rule;
}

Expected<void> require_writable_folders(const std::vector<Pair>& pairs, bool dry) {
  std::set<std::string> seen;
  for (const Pair& pair : pairs) {
    if (pair.input.problem) continue;
    const std::string folder = existing_folder(pair.target.path);
    if (seen.insert(folder).second) HEVCPOOL_CHECK(require_writable(folder, dry));
  }
  return {};
}

PlannedJob job_of(Pair pair, const Request& request) {
  PlannedJob job{request.settings, std::move(pair.input.problem)};
  job.encode.input = std::move(pair.input.path);
  (pair.target.exact ? job.encode.output : job.encode.output_stem) = std::move(pair.target.path);
  return job;
}

}  // namespace

Expected<std::vector<PlannedJob>> plan_jobs(const Request& request, std::vector<std::string>* messages) {
  if (request.settings.replace && !request.output.empty())
    return fail("usage", "conflict", "--replace and --output contradict each other");
  if (request.settings.replace && request.settings.verify == Verify::none)
    return fail("usage", "conflict", "--replace and --verify none contradict each other: a source is given up only for a "
                                     "verified output");
  if (request.settings.replace && (request.settings.options.start > 0 || request.settings.options.duration > 0))
    return fail("usage", "conflict", "--replace with --start or --duration would lose the rest of the source");
  const OutputRule rule = rule_of(request);
  ExpandOptions expand;
  if (is_output_folder(rule)) expand.skip_folder = identify(rule.output);
  HEVCPOOL_ASSIGN(std::vector<Input> inputs, expand_inputs(request.inputs, expand));
  std::vector<Pair> pairs;
  pairs.reserve(inputs.size());
  for (Input& input : inputs) {
    HEVCPOOL_ASSIGN(Target target, map_output(input, rule));
    pairs.push_back({std::move(input), std::move(target)});
  }
  auto renamed = keep_extensions(pairs, rule);
  if (messages) *messages = std::move(renamed);
  HEVCPOOL_ASSIGN(pairs, without_conflicts(std::move(pairs), rule));
  HEVCPOOL_CHECK(require_writable_folders(pairs, request.dry_run));
  std::vector<PlannedJob> jobs;
  for (Pair& pair : pairs) jobs.push_back(job_of(std::move(pair), request));
  return jobs;
}

}  // namespace hevcpool::plan

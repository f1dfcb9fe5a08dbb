// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/task_conflicts.h"

#include <fmt/format.h>

namespace hevcpool::cli {
namespace {

using Kind = plan::FileConflict::Kind;

std::string message(const plan::FileConflict& conflict, const std::vector<PlannedTask>& tasks) {
  const std::string& input = input_of(tasks[conflict.job].task);
  const std::string& other = input_of(tasks[conflict.other].task);
  const std::string& output = conflict.output;
  switch (conflict.kind) {
    case Kind::same_output: return fmt::format("'{}' and '{}' would both become '{}'", other, input, output);
    case Kind::own_input: return fmt::format("the output '{}' of '{}' is what it reads itself", output, input);
    case Kind::other_input: return fmt::format("the output '{}' of '{}' is read for '{}'", output, input, other);
    case Kind::folder: return fmt::format("the output '{}' of '{}' is a folder", output, input);
  }
  return output;
}

}  // namespace

bool Repetitions::is_new(const AnyTask& task) {
  return possible_outputs_of(task).empty() || seen_.insert(to_json(task)).second;
}

plan::FilesOfJob files_of(const AnyTask& task) {
  const auto* encode = std::get_if<Encode>(&task);
  return {.inputs = inputs_of(task), .outputs = possible_outputs_of(task), .replaces = encode && encode->replace};
}

Expected<void> settle_conflicts(std::vector<PlannedTask>& tasks) {
  Repetitions repetitions;
  std::erase_if(tasks, [&](const PlannedTask& each) { return !repetitions.is_new(each.task); });
  std::vector<plan::FilesOfJob> files;
  for (const PlannedTask& each : tasks) files.push_back(each.problem ? plan::FilesOfJob{} : files_of(each.task));
  const auto conflicts = plan::file_conflicts(files);
  if (conflicts.empty()) return {};
  return fail("usage", "conflict", message(conflicts.front(), tasks));
}

}  // namespace hevcpool::cli

// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/canary_task.h"

#include "sandbox/canary_attempts.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::sandbox {
namespace {

int other_than_this(const std::vector<int>& workers) {
  const auto other = std::ranges::find_if(workers, [](int pid) { return pid != ::getpid(); });
  return other == workers.end() ? -1 : *other;
}

TaskResult canary(TaskContext& context) {
  const auto argument = nlohmann::json::parse(context.argument());
  const Prey prey{context, argument.value("other_source", ""), argument.value("folder", ""),
                  other_than_this(argument["workers"]), argument.value("supervisor", -1)};
  const auto& attempts = canary_attempts();
  const auto attempt = attempts.find(argument.value("attempt", ""));
  if (attempt == attempts.end()) return TaskError{"canary", "unknown", "there is no such attempt", ""};
  return nlohmann::json(attempt->second(prey)).dump();
}

TaskResult bystander(TaskContext& context) {
  char byte = 0;
  while (::read(context.descriptors()[0], &byte, 1) > 0) {
  }
  return "true";
}

TaskResult echo(TaskContext& context) { return std::string(context.argument()); }

}  // namespace

TaskTable canary_tasks() { return {{"canary", canary}, {"bystander", bystander}, {"echo", echo}}; }

}  // namespace hevcpool::sandbox

// SPDX-License-Identifier: GPL-2.0-or-later
// Requests as values: reading, checking and naming them, for the public API.
#include <hevcpool/tasks.h>

#include "host/outputs.h"
#include "host/output_plan.h"
#include "tasks/encode_json.h"
#include "tasks/request_json.h"

#include <nlohmann/json.hpp>

namespace hevcpool {

std::variant<AnyTask, FieldError> parse_task(std::string_view text, std::string_view defaults) {
  auto request = nlohmann::json::parse(text, nullptr, false);
  if (request.is_discarded()) return FieldError{"", "is not JSON"};
  if (!defaults.empty()) {
    const auto values = nlohmann::json::parse(defaults, nullptr, false);
    if (values.is_discarded()) return FieldError{"", "the defaults are not JSON"};
    if (auto problem = tasks::apply_defaults(request, values)) return *problem;
  }
  auto parsed = tasks::request_from_json(request);
  if (const auto* task = std::get_if<AnyTask>(&parsed))
    if (auto problem = validate(*task)) return *problem;
  return parsed;
}

std::string to_json(const AnyTask& task) { return tasks::dump(tasks::request_json(task)); }

std::optional<FieldError> validate(const AnyTask& task) { return tasks::check_request(task); }

std::string_view name_of(const AnyTask& task) { return tasks::request_name(task); }

const std::string& input_of(const AnyTask& task) {
  return std::visit([](const auto& value) -> const std::string& { return value.input; }, task);
}

std::vector<std::string> inputs_of(const AnyTask& task) { return host::plan_small(task).sources; }

std::vector<std::string> outputs_of(const AnyTask& task) {
  if (const auto* encode = std::get_if<Encode>(&task))
    return encode->output.empty() ? std::vector<std::string>() : std::vector<std::string>{encode->output};
  return host::plan_small(host::with_names_applied(task)).outputs;
}

std::vector<std::string> possible_outputs_of(const AnyTask& task) {
  const auto* encode = std::get_if<Encode>(&task);
  return encode ? host::possible_outputs(*encode) : outputs_of(task);
}

}  // namespace hevcpool

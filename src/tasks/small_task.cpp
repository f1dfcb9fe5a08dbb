// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/small_task.h"

namespace hevcpool::tasks {

std::string small_argument_text(const SmallArgument& argument) {
  return dump({{"name", argument.name},
               {"request", request_json(argument.request)},
               {"output_name", argument.output_name}});
}

Expected<SmallArgument> small_argument_from(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("request")) return fail("request", "bad_argument", "no request came");
  auto request = request_from_json(json["request"]);
  if (const auto* wrong = std::get_if<FieldError>(&request))
    return fail("request", "bad_argument", wrong->field + ": " + wrong->message);
  return SmallArgument{.name = json.value("name", ""),
                       .request = std::get<AnyTask>(std::move(request)),
                       .output_name = json.value("output_name", "")};
}

nlohmann::json warnings_json(const std::vector<media::Warning>& warnings) { return to_json(warnings); }

}  // namespace hevcpool::tasks

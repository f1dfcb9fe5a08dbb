// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/job_errors.h"

#include <nlohmann/json.hpp>

namespace hevcpool::host {

JobError job_error(const Error& error) {
  return {.kind = Failure::task, .stage = error.stage, .code = error.code, .message = error.message, .log = {}};
}

nlohmann::json error_json(const JobError& error) {
  nlohmann::json json{{"kind", std::string(to_string(error.kind))},
                      {"stage", error.stage},
                      {"code", error.code},
                      {"message", error.message}};
  if (error.frame >= 0) json["frame"] = error.frame;
  if (!error.log.empty()) json["log"] = error.log;
  return json;
}

}  // namespace hevcpool::host

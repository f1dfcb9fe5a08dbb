// SPDX-License-Identifier: GPL-2.0-or-later
// Requests (AnyTask) as JSON objects: {"task": "thumbnail", "input": "a.mp4", "at": ["50%"]}. The same text serves job
// files, the wire between host and worker, and servers. Reading is strict and names the field that is wrong.
#pragma once

#include <hevcpool/tasks.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>
#include <variant>

namespace hevcpool::tasks {

nlohmann::json request_json(const AnyTask& request);
std::variant<AnyTask, FieldError> request_from_json(const nlohmann::json& json);

// Fields of `defaults` ({"*": {...}, "thumbnail": {...}}) that the request does not have itself.
std::optional<FieldError> apply_defaults(nlohmann::json& request, const nlohmann::json& defaults);

// What no field alone can tell: options that need or exclude each other, values out of range.
std::optional<FieldError> check_request(const AnyTask& request);

// "encode", "probe", "thumbnail", "clip", "audio", "image", "frames".
std::string_view request_name(const AnyTask& request);

}  // namespace hevcpool::tasks

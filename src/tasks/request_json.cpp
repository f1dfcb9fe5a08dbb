// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/request_json.h"

#include "tasks/encode_json.h"
#include "tasks/json_fields.h"
#include "tasks/encode_names.h"

#include <algorithm>
#include <charconv>

namespace hevcpool {

template <class T, class U>
concept EitherOf = std::same_as<std::remove_const_t<T>, U>;

// A duration as a number of seconds, in either direction.
template <class V, class T>
void visit_seconds(V& visit, const char* name, T& value) {
  double seconds = value.count();
  visit(name, seconds);
  if constexpr (!std::is_const_v<T>) value = Seconds(seconds);
}

template <class V, class T>
void visit_limits(V& visit, T& limits) {
  visit_seconds(visit, "timeout", limits.timeout);
  visit_seconds(visit, "stall_timeout", limits.stall_timeout);
  visit("retries", limits.retries);
}

template <class V, EitherOf<StillOptions> T>
void visit_still(V& visit, T& options) {
  visit("format", options.format);
  visit("width", options.width);
  visit("height", options.height);
  visit("crop_to_fill", options.crop_to_fill);
  visit("quality", options.quality);
  visit("grey", options.grey);
  visit("tone_map", options.tone_map);
}

template <class V, EitherOf<Probe> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit("frames", request.frames);
  visit("keyframes", request.keyframes);
  visit_limits(visit, request.limits);
}

template <class V, EitherOf<Thumbnail> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("outputs", request.outputs);
  visit("at", request.at);
  visit("count", request.count);
  visit("nearest", request.nearest);
  visit("best", request.best);
  visit_still(visit, request.picture);
  visit("columns", request.columns);
  visit("gap", request.gap);
  visit.path("map", request.map);
  visit("overwrite", request.overwrite);
  visit_limits(visit, request.limits);
}

// Without the encode options, which are read from what is left.
template <class V, EitherOf<Clip> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("output", request.output);
  visit("start", request.start);
  visit("duration", request.duration);
  visit("mode", request.mode);
  visit("overwrite", request.overwrite);
  visit_limits(visit, request.limits);
}

template <class V, EitherOf<AudioExtract> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("output", request.output);
  visit.path("output_stem", request.output_stem);
  visit("codec", request.codec);
  visit("bitrate", request.bitrate);
  visit("tracks", request.tracks);
  visit("all_tracks", request.all_tracks);
  visit("loudness", request.loudness);
  visit("normalise", request.normalise);
  visit("overwrite", request.overwrite);
  visit_limits(visit, request.limits);
}

template <class V, EitherOf<Image> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("output", request.output);
  visit_still(visit, request.picture);
  visit("apply_orientation", request.apply_orientation);
  visit("overwrite", request.overwrite);
  visit_limits(visit, request.limits);
}

template <class V, EitherOf<Frames> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("reference", request.reference);
  visit.path("output", request.output);
  visit("luma", request.luma);
  visit("scenes", request.scenes);
  visit("black", request.black);
  visit("freeze", request.freeze);
  visit("ssim", request.ssim);
  visit("psnr", request.psnr);
  visit("scene_threshold", request.scene_threshold);
  visit("function", request.function);
  visit("argument", request.argument);
  visit("overwrite", request.overwrite);
  visit_limits(visit, request.limits);
}

template <class V, EitherOf<Encode> T>
void fields(V& visit, T& request) {
  visit.path("input", request.input);
  visit.path("output", request.output);
  visit.path("output_stem", request.output_stem);
  visit("overwrite", request.overwrite);
  visit("replace", request.replace);
  visit("replace_max_damage", request.replace_max_damage);
  visit("verify", request.verify);
  visit_seconds(visit, "timeout", request.timeout);
  visit_seconds(visit, "stall_timeout", request.stall_timeout);
  visit("retries", request.retries);
  visit("split", request.split);
  visit("add_threads", request.add_threads);
}

}  // namespace hevcpool

namespace hevcpool::tasks {

template <>
struct EnumNames<StillFormat> {
  static constexpr std::array<std::pair<StillFormat, std::string_view>, 4> names{
      {{StillFormat::automatic, "auto"}, {StillFormat::jpeg, "jpeg"}, {StillFormat::png, "png"},
       {StillFormat::webp, "webp"}}};
};
template <>
struct EnumNames<ClipMode> {
  static constexpr std::array<std::pair<ClipMode, std::string_view>, 3> names{
      {{ClipMode::copy, "copy"}, {ClipMode::exact, "exact"}, {ClipMode::smart, "smart"}}};
};
template <>
struct EnumNames<Overwrite> {
  static constexpr std::array<std::pair<Overwrite, std::string_view>, 2> names{
      {{Overwrite::never, "never"}, {Overwrite::always, "always"}}};
};

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 7> kNames{"encode", "probe", "thumbnail", "clip", "audio", "image", "frames"};
static_assert(kNames.size() == std::variant_size_v<AnyTask>);

template <class T>
inline constexpr bool kHasEncodeOptions = std::same_as<T, Encode> || std::same_as<T, Clip>;

// "crf: must be a number" as field and sentence.
FieldError field_error(const std::string& text) {
  const auto colon = text.find(": ");
  if (colon == std::string::npos) return {"", text};
  return {text.substr(0, colon), text.substr(colon + 2)};
}

// "max_errors": "any", or a percentage, which is another field.
std::optional<FieldError> settle_max_errors(json& object) {
  const auto found = object.find("max_errors");
  if (found == object.end() || !found->is_string()) return std::nullopt;
  const std::string text = found->get<std::string>();
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool is_share = error == std::errc{} && std::string_view(end, text.data() + text.size()) == "%";
  if (!is_share && text != "any") return FieldError{"max_errors", "must be a whole number, a percentage like \"5%\", or \"any\""};
  if (is_share) object["max_damage"] = percent;
  object["max_errors"] = is_share ? -1 : -2;
  return std::nullopt;
}

// Takes the fields that `value` knows out of `object`; the rest must be encode options.
template <class T>
std::optional<FieldError> read_with_options(json& object, T& value) {
  json own = json::object();
  const json known = FieldWriter::write(value);
  for (const auto& [key, unused] : known.items())
    for (const std::string& name : {key, bytes_name(key)})
      if (const auto found = object.find(name); found != object.end()) {
        own[name] = std::move(*found);
        object.erase(found);
      }
  if (const auto problem = FieldReader::read(own, value, "")) return field_error(*problem);
  if (auto problem = settle_max_errors(object)) return problem;
  auto options = from_text<EncodeOptions>(dump(object));
  if (!options) return field_error(options.error().message);
  value.options = std::move(*options);
  return std::nullopt;
}

template <class T>
std::variant<AnyTask, FieldError> read_as(json object) {
  T value;
  if constexpr (kHasEncodeOptions<T>) {
    if (auto problem = read_with_options(object, value)) return *problem;
  } else {
    if (const auto problem = FieldReader::read(object, value, "")) return field_error(*problem);
  }
  return AnyTask(std::move(value));
}

template <std::size_t... I>
std::variant<AnyTask, FieldError> read_by_name(const std::string& name, json object, std::index_sequence<I...>) {
  std::variant<AnyTask, FieldError> out = FieldError{"task", "there is no task \"" + name + "\""};
  static_cast<void>(((kNames[I] == name && (out = read_as<std::variant_alternative_t<I, AnyTask>>(object), true)) ||
                     ...));
  return out;
}

}  // namespace

std::string_view request_name(const AnyTask& request) { return kNames[request.index()]; }

json request_json(const AnyTask& request) {
  json out = std::visit(
      [](const auto& value) {
        json object = FieldWriter::write(value);
        if constexpr (kHasEncodeOptions<std::decay_t<decltype(value)>>) {
          json options = to_json(value.options);
          for (auto& [key, member] : options.items())
            if (!object.contains(key)) object[key] = std::move(member);
        }
        return object;
      },
      request);
  out["task"] = request_name(request);
  return out;
}

std::variant<AnyTask, FieldError> request_from_json(const json& object) {
  if (!object.is_object()) return FieldError{"", "a job must be a JSON object"};
  const auto name = object.find("task");
  if (name == object.end()) return FieldError{"task", "is missing"};
  if (!name->is_string()) return FieldError{"task", "must be text"};
  json rest = object;
  rest.erase("task");
  return read_by_name(name->get<std::string>(), std::move(rest),
                      std::make_index_sequence<std::variant_size_v<AnyTask>>());
}

// The fields that a task has, with the values they have by themselves. Null for a name that is none.
template <std::size_t... I>
json fields_of(const std::string& name, std::index_sequence<I...>) {
  json out;
  static_cast<void>(((kNames[I] == name && (out = request_json(std::variant_alternative_t<I, AnyTask>()), true)) || ...));
  return out;
}

json fields_of(const std::string& name) {
  return fields_of(name, std::make_index_sequence<std::variant_size_v<AnyTask>>());
}

bool any_task_has(const std::string& field) {
  return std::ranges::any_of(kNames, [&](auto name) { return fields_of(std::string(name)).contains(field); });
}

// Those of "*" are for the tasks that have such a field.
std::optional<FieldError> fill_in(json& request, const std::string& name, const json& defaults) {
  const json known = fields_of(name);
  if (const auto own = defaults.find(name); own != defaults.end())
    for (const auto& [key, value] : own->items())
      if (!request.contains(key)) request[key] = value;
  const auto all = defaults.find("*");
  if (all == defaults.end()) return std::nullopt;
  for (const auto& [key, value] : all->items()) {
    if (!known.contains(key) && !any_task_has(key)) return FieldError{key, "no task has such a field to have a default"};
    if (known.contains(key) && !request.contains(key)) request[key] = value;
  }
  return std::nullopt;
}

std::optional<FieldError> apply_defaults(json& request, const json& defaults) {
  if (defaults.is_null()) return std::nullopt;
  if (!defaults.is_object()) return FieldError{"", "the defaults must be a JSON object"};
  if (!request.is_object()) return std::nullopt;
  for (const auto& [key, value] : defaults.items()) {
    if (key != "*" && std::find(kNames.begin(), kNames.end(), key) == kNames.end())
      return FieldError{key, "there is no such task to have defaults"};
    if (!value.is_object()) return FieldError{key, "must be an object"};
  }
  const std::string name = request.value("task", json()).is_string() ? request["task"].get<std::string>() : "";
  return fill_in(request, name, defaults);
}

}  // namespace hevcpool::tasks

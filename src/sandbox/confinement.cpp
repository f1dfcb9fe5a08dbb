// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/sandbox.h>

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool {
namespace {

std::string join(std::string_view list, const std::string& item) {
  return list.empty() ? item : fmt::format("{}, {}", list, item);
}

std::string with_detail(const SandboxLayer& layer) {
  return layer.detail.empty() ? layer.name : fmt::format("{} ({})", layer.name, layer.detail);
}

bool is_layer(const nlohmann::json& value) {
  const auto has = [&](const char* key, auto is) { return value.contains(key) && (value[key].*is)(); };
  using Json = nlohmann::json;
  return value.is_object() && has("name", &Json::is_string) && has("active", &Json::is_boolean) &&
         has("detail", &Json::is_string);
}

}  // namespace

bool SandboxReport::complete() const {
  return !layers.empty() && std::ranges::all_of(layers, [](const SandboxLayer& layer) { return layer.active; });
}

const SandboxLayer* SandboxReport::find(std::string_view name) const {
  const auto found = std::ranges::find(layers, name, &SandboxLayer::name);
  return found == layers.end() ? nullptr : &*found;
}

std::string SandboxReport::summary() const {
  std::string active, missing;
  for (const SandboxLayer& layer : layers) {
    std::string& list = layer.active ? active : missing;
    list = join(list, with_detail(layer));
  }
  if (active.empty()) active = "none";
  return missing.empty() ? active : fmt::format("{}; missing: {}", active, missing);
}

std::string SandboxReport::text() const {
  std::string text;
  for (const SandboxLayer& layer : layers)
    text += fmt::format("{:<14}{:<9}{}\n", layer.name, layer.active ? "active" : "MISSING", layer.detail);
  return text;
}

std::string SandboxReport::json() const {
  auto list = nlohmann::json::array();
  for (const SandboxLayer& layer : layers)
    list.push_back({{"name", layer.name}, {"active", layer.active}, {"detail", layer.detail}});
  return nlohmann::json{{"complete", complete()}, {"layers", std::move(list)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A worker wrote it, and is not believed: what has the wrong type makes the whole text wrong.
SandboxReport sandbox_report_from_json(std::string_view text) {
  SandboxReport report;
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("layers") || !object["layers"].is_array()) return report;
  for (const auto& layer : object["layers"]) {
    if (!is_layer(layer)) return {};
    report.layers.push_back({layer["name"], layer["active"], layer["detail"]});
  }
  return report;
}

}  // namespace hevcpool

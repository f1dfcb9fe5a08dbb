// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/confinement.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::sandbox {
namespace {

std::string join(std::string_view list, const std::string& item) {
  return list.empty() ? item : fmt::format("{}, {}", list, item);
}

std::string with_detail(const Layer& layer) {
  return layer.detail.empty() ? layer.name : fmt::format("{} ({})", layer.name, layer.detail);
}

}  // namespace

bool Confinement::complete() const {
  return !layers.empty() && std::ranges::all_of(layers, [](const Layer& layer) { return layer.active; });
}

const Layer* Confinement::find(std::string_view name) const {
  const auto found = std::ranges::find(layers, name, &Layer::name);
  return found == layers.end() ? nullptr : &*found;
}

std::string Confinement::summary() const {
  std::string active, missing;
  for (const Layer& layer : layers) {
    std::string& list = layer.active ? active : missing;
    list = join(list, with_detail(layer));
  }
  if (active.empty()) active = "none";
  return missing.empty() ? active : fmt::format("{}; missing: {}", active, missing);
}

std::string Confinement::text() const {
  std::string text;
  for (const Layer& layer : layers)
    text += fmt::format("{:<14}{:<9}{}\n", layer.name, layer.active ? "active" : "MISSING", layer.detail);
  return text;
}

std::string Confinement::json() const {
  auto list = nlohmann::json::array();
  for (const Layer& layer : layers)
    list.push_back({{"name", layer.name}, {"active", layer.active}, {"detail", layer.detail}});
  return nlohmann::json{{"complete", complete()}, {"layers", std::move(list)}}.dump();
}

Confinement confinement_from_json(std::string_view text) {
  Confinement confinement;
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("layers") || !object["layers"].is_array()) return confinement;
  for (const auto& layer : object["layers"]) {
    if (!layer.is_object()) return {};
    confinement.layers.push_back(
        {layer.value("name", ""), layer.value("active", false), layer.value("detail", "")});
  }
  return confinement;
}

}  // namespace hevcpool::sandbox

// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/flame.h"

#include "profile/html_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

namespace hevcpool::profile {
namespace {

using nlohmann::json;

constexpr double kWidth = 1280, kRow = 17, kTop = 40;
constexpr double kLeast = 0.4;  // pixels: what is narrower is not drawn

struct Node {
  std::uint64_t count = 0;
  std::map<std::string, Node> callees;
};

Node tree_of(const Folded& folded) {
  Node root;
  for (const auto& [stack, count] : folded) {
    Node* node = &root;
    node->count += count;
    for (std::size_t at = 0; at <= stack.size();) {
      const std::size_t end = std::min(stack.find(';', at), stack.size());
      node = &node->callees[stack.substr(at, end - at)];
      node->count += count;
      at = end + 1;
    }
  }
  return root;
}

int depth_of(const Node& node) {
  int depth = 0;
  for (const auto& [name, callee] : node.callees) depth = std::max(depth, 1 + depth_of(callee));
  return depth;
}

// Warm colours, the same for the same name.
std::string colour_of(const std::string& name) {
  const std::size_t hash = std::hash<std::string>{}(name);
  return fmt::format("hsl({},{}%,{}%)", hash % 50, 70 + hash / 64 % 20, 60 + hash / 4096 % 12);
}

void draw(const Node& node, const std::string& name, double x, double width, int level, int depth, std::uint64_t all, std::string& out) {
  if (width < kLeast) return;
  const double y = kTop + (depth - level) * kRow;
  const auto letters = static_cast<std::size_t>(std::max(0.0, (width - 6) / 7));
  std::string label = name.size() <= letters ? name : letters >= 3 ? name.substr(0, letters - 2) + ".." : "";
  out += fmt::format("<g><title>{} ({} samples, {:.2f} %)</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" "
                     "rx=\"1\" fill=\"{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n",
                     html_text(name), node.count, 100.0 * static_cast<double>(node.count) / static_cast<double>(all), x, y, width,
                     kRow - 1, colour_of(name), x + 3, y + 12, html_text(label));
  for (const auto& [callee, below] : node.callees) {
    const double share = width * static_cast<double>(below.count) / static_cast<double>(node.count);
    draw(below, callee, x, share, level + 1, depth, all, out);
    x += share;
  }
}

}  // namespace

Folded fold(const json& samples, Symbols symbols) {
  Folded folded;
  if (!samples.is_object() || !samples.contains("stacks") || !samples["stacks"].is_array()) return folded;
  for (const json& stack : samples["stacks"]) {
    if (!stack.is_array() || stack.size() < 2 || !std::ranges::all_of(stack, [](const json& each) { return each.is_number_unsigned(); }))
      continue;
    std::string names;
    for (std::size_t n = stack.size() - 1; n >= 1; --n) {
      // A return address may already belong to what follows the call.
      const auto address = stack[n].get<std::uintptr_t>() - (n > 1 ? 1 : 0);
      std::string name = symbols.name(address);
      std::ranges::replace(name, ';', ':');
      names += (names.empty() ? "" : ";") + name;
    }
    folded[names] += stack[0].get<std::uint64_t>();
  }
  return folded;
}

std::string folded_text(const Folded& folded) {
  std::string text;
  for (const auto& [stack, count] : folded) text += fmt::format("{} {}\n", stack, count);
  return text;
}

std::string flame_svg(const Folded& folded, const std::string& title) {
  const Node root = tree_of(folded);
  const int depth = depth_of(root);
  const double height = kTop + (depth + 1) * kRow + 10;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">\n"
      "<style>text{{font:12px monospace;fill:#111;pointer-events:none}}.t{{font:15px sans-serif}}g:hover rect{{stroke:#000}}</style>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n<text class=\"t\" x=\"10\" y=\"22\">{2}: {3} samples of CPU time</text>\n",
      kWidth, height, html_text(title), root.count);
  if (root.count > 0) draw(root, "all", 10, kWidth - 20, 0, depth, root.count, out);
  return out + "</svg>\n";
}

}  // namespace hevcpool::profile

// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/inputs_option.h"

#include <algorithm>

namespace hevcpool::cli {
namespace {

constexpr char kMark = '\x01';  // before a word that begins with a bracket, until it has reached its option

std::string unmarked(std::string& word) {
  if (word.starts_with(kMark)) word.erase(0, 1);
  return {};
}

}  // namespace

// A lone "{}" is read as no value.
void add_inputs(CLI::App& app, std::vector<std::string>& inputs) {
  app.option_defaults()->group("Options");
  app.add_option("INPUT", inputs)->required();
  app.callback([&inputs] {
    if (inputs.empty()) inputs.emplace_back("{}");
  });
}

void parse_literally(CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (std::string& word : words)
    if (word.starts_with('[')) word.insert(word.begin(), kMark);
  for (CLI::Option* option : app.get_options())
    option->transform(CLI::Validator(unmarked, std::string()));
  std::ranges::reverse(words);  // parse() takes them off the end
  app.parse(std::move(words));
}

}  // namespace hevcpool::cli

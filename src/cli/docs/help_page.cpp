// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/docs/help_page.h"

#include <cctype>
#include <cstddef>
#include <regex>
#include <sstream>

namespace hevcpool::cli {
namespace {

constexpr std::size_t kTextColumn = 30;  // where CLI11 begins the text of an option

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

bool is_word(const std::string& text) {
  for (const char c : text)
    if (!std::islower(static_cast<unsigned char>(c)) && !std::isdigit(static_cast<unsigned char>(c))) return false;
  return !text.empty();
}

// The lower-case words of "auto|off|SECONDS"; the others stand for values.
std::vector<std::string> words_of(const std::string& alternatives, char at) {
  std::vector<std::string> words;
  for (const std::string& each : split(alternatives, at))
    if (is_word(each)) words.push_back(each);
  return words;
}

// "TEXT:{copy,aac}", "FLOAT:FLOAT in [0 - 51]", "copy|none", "N:NONNEGATIVE", each perhaps with " ..." behind.
void read_value(std::string text, HelpOption& option) {
  static const std::regex relations(" ?(Excludes|Needs|Env|REQUIRED).*$"), range(":[A-Z]+( in \\[.*\\])?$"),
      choices("^(.*):\\{(.*)\\}$"), number("^(FLOAT|INT|UINT)$");
  text = trimmed(std::regex_replace(text, relations, ""));
  if (text.ends_with("...")) {
    option.repeats = true;
    text = trimmed(text.substr(0, text.size() - 3));
  }
  if (std::smatch found; std::regex_match(text, found, choices)) {
    option.choices = words_of(found[2].str(), ',');
    text = found[1].str();
  }
  if (text != "K=V:K=V") text = std::regex_replace(text, range, "");
  if (option.choices.empty() && text.find('|') != std::string::npos) option.choices = words_of(text, '|');
  option.value = std::regex_replace(text, number, "N");
}

// "... (auto|mp4|mkv)" at the end of the text names the values of an option that shows none.
void read_choices_of_text(HelpOption& option) {
  static const std::regex pattern("^(.*) \\(([a-z0-9]+(\\|[a-z0-9]+)+)\\)$");
  std::smatch found;
  if (!option.value.empty() || !std::regex_match(option.text, found, pattern)) return;
  option.value = found[2].str();
  option.choices = words_of(option.value, '|');
  option.text = std::string(found[1].str());
}

HelpOption option_of(const std::string& head, const std::string& text) {
  HelpOption option{.names = {}, .value = {}, .choices = {}, .text = text};
  const auto space = head.find(' ');
  for (const std::string& name : split(head.substr(0, space), ',')) option.names.push_back(name.substr(0, name.find('{')));
  if (space != std::string::npos) read_value(head.substr(space + 1), option);
  read_choices_of_text(option);
  return option;
}

// Whether the text of the option whose head is `line` comes on a line of its own.
bool has_long_head(const std::vector<std::string>& lines, std::size_t at) {
  return at + 1 < lines.size() && lines[at + 1].starts_with(std::string(kTextColumn, ' '));
}

}  // namespace

std::vector<HelpCommand> read_commands(std::string_view help) {
  static const std::regex entry("^  ([a-z]+) +(.*)$");
  std::vector<HelpCommand> commands;
  for (const std::string& line : lines_of(help))
    if (std::smatch found; std::regex_match(line, found, entry)) commands.push_back({found[1].str(), found[2].str()});
  return commands;
}

HelpPage read_help(const HelpCommand& command, std::string_view help) {
  HelpPage page{.command = command.name, .summary = command.summary, .about = {}, .usage = {}, .groups = {}};
  const std::vector<std::string> lines = lines_of(help);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.starts_with("Usage: ")) page.usage = line.substr(7);
    else if (page.usage.empty()) page.about += line + "\n";
    else if (line.ends_with(":") && !line.starts_with(" ")) page.groups.push_back({line.substr(0, line.size() - 1), {}});
    if (!line.starts_with("  -") || page.groups.empty()) continue;
    const bool long_head = has_long_head(lines, i);
    const std::string head = trimmed(long_head ? line : line.substr(0, kTextColumn));
    const std::string text = long_head ? lines[i + 1] : line.size() > kTextColumn ? line.substr(kTextColumn) : "";
    page.groups.back().options.push_back(option_of(head, trimmed(text)));
  }
  std::erase_if(page.groups, [](const HelpGroup& group) { return group.options.empty(); });
  return page;
}

}  // namespace hevcpool::cli

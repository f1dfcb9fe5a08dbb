// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/docs/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

namespace hevcpool::cli {
namespace {

constexpr const char* kNotice = "made from the program's --help\n";

bool names_file(const HelpOption& option) { return option.value == "FILE" || option.value == "PATH" || option.value == "FOLDER"; }

void for_each_option(const HelpPage& page, const std::function<void(const HelpOption&)>& use) {
  for (const HelpGroup& group : page.groups)
    for (const HelpOption& option : group.options) use(option);
}

std::vector<std::string> names_of(const HelpPage& page) {
  std::vector<std::string> names;
  for_each_option(page, [&](const HelpOption& option) { names.insert(names.end(), option.names.begin(), option.names.end()); });
  return names;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

// Patterns "encode:--crf|encode:--preset" of a case.
std::string bash_patterns(const HelpPage& page, const HelpOption& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) patterns.push_back(page.command + ":" + name);
  return fmt::format("{}", fmt::join(patterns, "|"));
}

std::string bash_value_case(const HelpPage& page, const HelpOption& option) {
  if (option.value.empty()) return {};
  const std::string patterns = bash_patterns(page, option);
  if (names_file(option)) return fmt::format("    {}) _hevcpool_files; return ;;\n", patterns);
  return fmt::format("    {}) _hevcpool_words '{}'; return ;;\n", patterns, fmt::join(option.choices, " "));
}

std::string zsh_quoted(const std::string& text) {
  return replaced(replaced(replaced(text, "[", "\\["), "]", "\\]"), "'", "'\\''");
}

std::string zsh_action(const HelpOption& option) {
  if (option.value.empty()) return {};
  const std::string message = ":" + replaced(zsh_quoted(option.value), ":", "\\:") + ":";
  if (names_file(option)) return message + "_files";
  return message + (option.choices.empty() ? " " : fmt::format("({})", fmt::join(option.choices, " ")));
}

std::string zsh_option(const HelpOption& option) {
  const std::string rest = fmt::format("[{}]{}", zsh_quoted(option.text), zsh_action(option));
  const std::string sign = option.value.empty() ? "" : option.names.back().starts_with("--") ? "=" : "";
  if (option.names.size() == 1) return fmt::format("'{}{}{}{}'", option.repeats ? "*" : "", option.names[0], sign, rest);
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ",") + name + (name.starts_with("--") ? sign : "");
  return fmt::format("'({})'{{{}}}'{}'", fmt::join(option.names, " "), names, rest);
}

std::string fish_quoted(const std::string& text) { return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'"; }

std::string fish_option(const HelpPage& page, const HelpOption& option) {
  std::string line = fmt::format("complete -c hevcpool -n '__fish_seen_subcommand_from {}'", page.command);
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (names_file(option)) line += " -rF";
  else if (!option.choices.empty()) line += fmt::format(" -xa '{}'", fmt::join(option.choices, " "));
  else if (!option.value.empty()) line += " -x";
  return line + " -d " + fish_quoted(option.text) + "\n";
}

}  // namespace

std::string bash_completion(const std::vector<HelpPage>& pages) {
  std::string commands, values, options;
  for (const HelpPage& page : pages) {
    commands += page.command + " ";
    for_each_option(page, [&](const HelpOption& option) { values += bash_value_case(page, option); });
    options += fmt::format("      {}) _hevcpool_words '{}' ;;\n", page.command, fmt::join(names_of(page), " "));
  }
  return fmt::format(R"(# bash completion for hevcpool, {}
_hevcpool_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}
_hevcpool_files() {{
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}}
_hevcpool() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}
  COMPREPLY=()
  if [[ $cur == '=' ]]; then cur=
  elif [[ $prev == '=' ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then _hevcpool_words '{}--help --version'; return; fi
  case $command:$prev in
{}  esac
  if [[ $cur == -* ]]; then
    case $command in
{}    esac
  else
    _hevcpool_files
  fi
}}
complete -F _hevcpool hevcpool
)", kNotice, commands, values, options);
}

std::string zsh_completion(const std::vector<HelpPage>& pages) {
  std::string commands, cases;
  for (const HelpPage& page : pages) {
    commands += fmt::format("    '{}:{}'\n", page.command, zsh_quoted(page.summary));
    cases += fmt::format("    {})\n      _arguments -s -S", page.command);
    for_each_option(page, [&](const HelpOption& option) { cases += " \\\n        " + zsh_option(option); });
    cases += " \\\n        '*:file:_files' ;;\n";
  }
  return fmt::format(R"(#compdef hevcpool
# {}
_hevcpool() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    compadd -- --help --version
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{}  esac
}}
_hevcpool "$@"
)", kNotice, commands, cases);
}

std::string fish_completion(const std::vector<HelpPage>& pages) {
  std::string text = fmt::format("# fish completion for hevcpool, {}", kNotice);
  for (const HelpPage& page : pages)
    text += fmt::format("complete -c hevcpool -n __fish_use_subcommand -fa {} -d {}\n", page.command, fish_quoted(page.summary));
  text += "complete -c hevcpool -n __fish_use_subcommand -f -l help -d 'List the commands'\n"
          "complete -c hevcpool -n __fish_use_subcommand -f -l version -d 'Print the version'\n";
  for (const HelpPage& page : pages)
    for_each_option(page, [&](const HelpOption& option) { text += fish_option(page, option); });
  return text;
}

}  // namespace hevcpool::cli

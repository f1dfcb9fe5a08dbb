// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of options that several subcommands have. What is referred to must live until the command line is parsed.
#pragma once

#include "cli/options/option_values.h"

#include <hevcpool/encode.h>
#include <hevcpool/pool.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace hevcpool::cli {

// An option read by one of the parse functions; what the function wanted becomes the usage error.
template <class T, class Target>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Target& target,
                        Expected<T> (*parse)(const std::string&), const std::string& help) {
  return app.add_option(name, [&target, parse, name](const CLI::results_t& results) {
    const Expected<T> value = parse(results.back());
    if (!value) throw CLI::ValidationError(name, value.error().message);
    target = static_cast<Target>(*value);
    return true;
  }, help);
}

// One of a few words.
template <class T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& target,
                        std::initializer_list<std::pair<std::string, T>> choices, const std::string& help) {
  std::string names;
  for (const auto& [word, value] : choices) names += (names.empty() ? "" : "|") + word;
  const std::vector<std::pair<std::string, T>> kept(choices);
  return app.add_option(name, [&target, kept, name, names](const CLI::results_t& results) {
    for (const auto& [word, value] : kept)
      if (word == results.back()) return target = value, true;
    throw CLI::ValidationError(name, fmt::format("'{}' is not one of {}", results.back(), names));
  }, help + " (" + names + ")");
}

inline CLI::Option* add_seconds(CLI::App& app, const std::string& name, Seconds& target, const std::string& help) {
  return app.add_option(name, [&target, name](const CLI::results_t& results) {
    const Expected<double> value = parse_time(results.back());
    if (!value) throw CLI::ValidationError(name, value.error().message);
    target = Seconds(*value);
    return true;
  }, help)->type_name("SECONDS");
}

// How much of a source may be damaged.
inline CLI::Option* add_max_errors(CLI::App& app, EncodeOptions& options) {
  const char* name = "--max-errors";
  return app.add_option(name, [&options, name](const CLI::results_t& results) {
    const bool share = results.back().ends_with('%');
    const auto percent = share ? parse_percent(results.back()) : Expected<double>(0);
    const auto count = share ? Expected<std::int64_t>(-1) : parse_max_errors(results.back());
    if (!percent || !count) throw CLI::ValidationError(name, percent ? count.error().message : percent.error().message);
    options.max_errors = *count;
    options.max_damage.reset();
    if (share) options.max_damage = *percent;
    return true;
  }, "Decoding errors allowed in a file, or the share of its frames that may be damaged or missing; default: 5%, and none "
     "where data is missing from the file")->type_name("N|PCT%|any");
}

// How the workers share the machine with others. `who` they are: "encoder".
inline void add_scheduling_options(CLI::App& app, const std::string& who, int& nice, bool& idle, Pin& pin) {
  app.add_option("--nice", nice, "Lower the " + who + "s' priority")->type_name("N")->check(CLI::Range(0, 19));
  app.add_flag("--idle", idle, static_cast<char>(std::toupper(static_cast<unsigned char>(who.front()))) +
                                   who.substr(1) + "s run only when the CPUs are otherwise idle");
  add_choice(app, "--pin", pin, {{"none", Pin::none}, {"cpu", Pin::cpu}, {"node", Pin::node}},
             "Keep each " + who + " on one CPU, or on the CPUs of one NUMA node; default none");
}

}  // namespace hevcpool::cli

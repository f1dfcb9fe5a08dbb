// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_turns.h"

#include <algorithm>
#include <filesystem>

namespace hevcpool::cli {
namespace {

constexpr std::size_t kSlice = 100;  // items
constexpr double kLongest = 60;      // seconds

// Some items may fail: 1 is what we say then, 123 is what xargs says.
constexpr const char* kTolerant = R"("$@"; status=$?; [ $status -le 1 ] || [ $status -eq 123 ])";

Command tolerant(std::vector<std::string> words, std::string input = {}) {
  words.insert(words.begin(), {"sh", "-c", kTolerant, "sh"});
  return {std::move(words), std::move(input)};
}

Expected<Turn> run_once(const Command& command, std::size_t items) {
  HEVCPOOL_ASSIGN(const Measured measured, measure(command));
  return Turn{measured.wall, measured.cpu, items};
}

struct Xargs {
  std::vector<std::string> command;
  Words words;

  std::size_t items() const { return words.all.size() / words.per_item; }
  Expected<Turn> run() const;
  Expected<Measured> run_slice(std::size_t from, std::size_t count) const;
};

Expected<Measured> Xargs::run_slice(std::size_t from, std::size_t count) const {
  std::string input;
  for (std::size_t i = from * words.per_item; i < (from + count) * words.per_item; ++i) input += words.all[i] + '\0';
  return measure(tolerant(command, std::move(input)));
}

Expected<Turn> Xargs::run() const {
  Turn turn;
  while (turn.items < items() && turn.wall < kLongest) {
    const std::size_t count = std::min(kSlice, items() - turn.items);
    HEVCPOOL_ASSIGN(const Measured slice, run_slice(turn.items, count));
    turn.wall += slice.wall;
    turn.cpu += slice.cpu;
    turn.items += count;
  }
  const double whole = static_cast<double>(items()) / static_cast<double>(turn.items);
  turn.wall *= whole;
  turn.cpu *= whole;
  return turn;
}

std::string our_path() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).native();
}

}  // namespace

Contestant by_program(std::string name, Command command, std::size_t items, std::string outputs) {
  return {std::move(name), "", std::move(outputs),
          [command = std::move(command), items] { return run_once(command, items); }};
}

Contestant our_program(std::string name, std::vector<std::string> words, std::size_t items, std::string outputs) {
  words.insert(words.begin(), our_path());
  return by_program(std::move(name), tolerant(std::move(words)), items, std::move(outputs));
}

Contestant by_xargs(const std::string& tool, const std::string& script, Words words, unsigned cores,
                    std::string outputs) {
  Xargs xargs{{"xargs", "-0", "-n", std::to_string(words.per_item), "-P", std::to_string(cores), "sh", "-c", script, "sh"},
              std::move(words)};
  std::string missing;
  for (const std::string& program : {std::string("xargs"), tool})
    if (find_program(program).empty()) missing = program;
  return {"xargs " + tool, missing, std::move(outputs), [xargs = std::move(xargs)] { return xargs.run(); }};
}

}  // namespace hevcpool::cli
